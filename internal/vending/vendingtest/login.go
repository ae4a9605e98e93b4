package vendingtest

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
)

// Login writes a way to sign in of the person's, as a connected provider leaves it, and returns its
// key.
func (w *World) Login(tb testing.TB, t Tenant, p Person) string {
	tb.Helper()
	key := strings.ToLower(rand.Text() + rand.Text())
	w.login(tb, t, p, key, "https://id.test", p.ID.String())
	return key
}

// LoginAt is Login for who the person is at an issuer. Nothing happens if the tenant knows it.
func (w *World) LoginAt(tb testing.TB, t Tenant, p Person, iss, subject string) {
	tb.Helper()
	key := tenancy.LoginKey(iss, subject)
	known, err := w.Grant(tb, t.Admin).Database().Collection(location.Identities).Where("subject", "==", subject).
		Where("issuer", "==", iss).Documents(tb.Context()).GetAll()
	must(tb, err)
	if len(known) == 0 {
		w.login(tb, t, p, key, iss, subject)
	}
}

func (w *World) login(tb testing.TB, t Tenant, p Person, key, iss, subject string) {
	tb.Helper()
	g := w.Grant(tb, t.Admin)
	entry := audit.Entry{Action: "user.connect", Kind: "user", ID: p.ID.String()}
	err := audit.Of(g).Change(tb.Context(), entry, func(_ context.Context, tx *firestore.Transaction, _ *audit.Entry) error {
		return tx.Create(g.Database().Collection(location.Identities).Doc(key), map[string]any{
			"issuer": iss, "subject": subject, "user": p.ID.String(),
			"provider": "aaaaaaaaaa", "created": g.Now(),
		})
	})
	must(tb, err)
}
