package vendingtest

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// ticked is the address to which ticks of a Job are sent.
const ticked = "https://worker.test"

// Job returns what is vended for a new job of this kind in the tenant, as a worker process does.
func (w *World) Job(tb testing.TB, kind string, of Tenant) vending.Grant {
	tb.Helper()
	ctx, own := tb.Context(), w.Open(tb, setup.Worker)
	store := queue.New(own.Registry(), nil)
	id := rand.Text()
	must(tb, own.Registry().RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		return store.Add(tx, queue.Intent{ID: id, Kind: kind, Tenant: of.ID, Due: time.Now().Add(-time.Second)})
	}))
	ticks, err := tenancy.NewPlatformCaller(tenancy.PlatformCallerConfig{
		Account: setup.Tick.Email(Project), Audience: ticked, KeysURL: tenancy.GoogleKeys, HTTPClient: own.HTTP(),
	})
	must(tb, err)
	token, err := w.Cloud.IAM().IDToken(setup.Tick.Email(Project), ticked)
	must(tb, err)
	tick, err := ticks.Verify(ctx, token)
	must(tb, err)
	for j, err := range store.Takable(ctx) {
		must(tb, err)
		if j.ID != id {
			continue
		}
		lease, err := store.Take(ctx, j, "test", time.Minute)
		must(tb, err)
		p, err := w.worker(own.Registry()).Job(ctx, tick, lease)
		must(tb, err)
		g, err := w.Machine.Vend(ctx, p)
		must(tb, err)
		return g
	}
	tb.Fatalf("the job %s cannot be taken", id)
	return vending.Grant{}
}

// worker is the authenticator of a worker process, whose control plane is db.
func (w *World) worker(db *firestore.Client) *tenancy.Authenticator {
	return tenancy.NewAuthenticator(tenancy.Parts{
		Verifier: w.verifier, Registry: w.Registry, Revocations: w.Revocations, Database: db,
	})
}
