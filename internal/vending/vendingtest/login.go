package vendingtest

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/location"
)

// Login writes a way to sign in of the person's, as a connected provider leaves it, and returns its
// key.
func (w *World) Login(tb testing.TB, t Tenant, p Person) string {
	tb.Helper()
	g, key := w.Grant(tb, t.Admin), strings.ToLower(rand.Text()+rand.Text())
	entry := audit.Entry{Action: "user.connect", Kind: "user", ID: p.ID.String()}
	err := audit.Of(g).Change(tb.Context(), entry, func(_ context.Context, tx *firestore.Transaction, _ *audit.Entry) error {
		return tx.Create(g.Database().Collection(location.Identities).Doc(key), map[string]any{
			"issuer": "https://id.test", "subject": p.ID.String(), "user": p.ID.String(),
			"provider": "aaaaaaaaaa", "created": g.Now(),
		})
	})
	must(tb, err)
	return key
}
