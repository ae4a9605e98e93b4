package users_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestRoleOfALaterVersion takes its holder out of the list, and nobody else; and it is no fault of
// whoever asks.
func TestRoleOfALaterVersion(t *testing.T) {
	vendingtest.EachIsolation(t, roleOfALaterVersion)
}

func roleOfALaterVersion(t *testing.T, w *vendingtest.World) {
	g := w.Grant(t, w.Acme.Admin)
	ref := g.Database().Collection("users").Doc("owner")
	err := audit.Of(g).Change(t.Context(), audit.Entry{Action: "user.add", Kind: "user", ID: "owner"},
		func(_ context.Context, tx *firestore.Transaction, _ *audit.Entry) error {
			return tx.Set(ref, map[string]any{"role": "owner", "status": "active", "order": "d", "name": "D", "email": "d@acme.test"})
		})
	if err != nil {
		t.Fatal(err)
	}
	repo := repository(t, w, w.Acme.Viewer)
	for _, limit := range []int{1, 0} {
		var all []string
		cursor := users.Cursor{}
		for range 10 {
			page := must[users.Page](t)(repo.List(t.Context(), cursor, limit))
			all = append(all, emails(page)...)
			if cursor = page.Next; cursor.IsZero() {
				break
			}
		}
		if want := []string{"admin@acme.test", "editor@acme.test", "viewer@acme.test"}; !slices.Equal(all, want) {
			t.Errorf("in parts of %d: %v, want %v", limit, all, want)
		}
	}
	_, err = repo.Get(t.Context(), userID(t, "owner"))
	if !errors.Is(err, document.ErrUnreadable) || errors.Is(err, tenant.ErrInvalid) || errors.Is(err, users.ErrInvalid) {
		t.Errorf("their own record: %v, want ErrUnreadable and no fault of the caller's", err)
	}
}
