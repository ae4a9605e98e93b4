package account_test

import (
	"errors"
	"testing"
	"time"

	"crypto/sha256"
	"encoding/hex"

	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/identitytest"
	"github.com/bulkhead-saas/bulkhead/internal/mail"
)

// A mailed code is good for an hour, for its purpose, in its tenant.
func TestCodesEnd(t *testing.T) {
	w := identitytest.New(t)
	sender := w.Job(t, mail.SendKind, w.Acme)
	keep := func(code string, fields map[string]any) {
		t.Helper()
		sum := sha256.Sum256([]byte(code))
		ref := sender.Database().Collection("codes").Doc(hex.EncodeToString(sum[:]))
		if _, err := ref.Create(t.Context(), fields); err != nil {
			t.Fatal(err)
		}
	}
	code := func(purpose string, expires time.Time) map[string]any {
		return map[string]any{"purpose": purpose, "user": w.Acme.Viewer.ID.String(), "value": "new@acme.test", "expires": expires}
	}
	soon := time.Now().Add(time.Minute)
	keep("GOOD", code("address", soon))
	keep("OVER", code("address", time.Now().Add(-time.Second)))
	keep("OTHER", code("another", soon))
	for _, bad := range []string{"OVER", "OTHER", "NONE", ""} {
		if err := w.Account.ConfirmAddress(t.Context(), w.Acme.Tenant, bad); !errors.Is(err, identityplatform.ErrCode) {
			t.Errorf("%q: got %v, want ErrCode", bad, err)
		}
	}
	if err := w.Account.ConfirmAddress(t.Context(), w.Globex.Tenant, "GOOD"); !errors.Is(err, identityplatform.ErrCode) {
		t.Errorf("another tenant's: got %v, want ErrCode", err)
	}
	if err := w.Account.ConfirmAddress(t.Context(), w.Acme.Tenant, " good "); err != nil {
		t.Errorf("the one that is good, as somebody types it: %v", err)
	}
}
