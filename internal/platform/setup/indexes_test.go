package setup_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	admin "cloud.google.com/go/firestore/apiv1/admin"
	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/platform/indexes"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

const platformDatabase = project + "/databases/platform"

func databases(t *testing.T, w *vendingtest.World) *admin.FirestoreAdminClient {
	t.Helper()
	client, err := w.Owner.Databases(t.Context())
	check(t, err)
	return client
}

// indexesOf returns the names of the indexes of a database.
func indexesOf(t *testing.T, w *vendingtest.World, database string) (names []string) {
	t.Helper()
	all := databases(t, w).ListIndexes(t.Context(), &adminpb.ListIndexesRequest{Parent: database + "/collectionGroups/-"})
	for {
		index, err := all.Next()
		if errors.Is(err, iterator.Done) {
			return names
		}
		check(t, err)
		names = append(names, index.GetName())
	}
}

func drop(t *testing.T, w *vendingtest.World, index string) {
	t.Helper()
	check(t, databases(t, w).DeleteIndex(t.Context(), &adminpb.DeleteIndexRequest{Name: index}))
}

// refused reports whether one of the control plane's queries is refused for want of an index.
func refused(t *testing.T, w *vendingtest.World) bool {
	t.Helper()
	ctx, missing := t.Context(), false
	tell := func(err error) {
		if status.Code(err) == codes.FailedPrecondition {
			missing = true
		} else {
			check(t, err)
		}
	}
	for _, of := range []tenant.ID{{}, tenant.NewID()} {
		for _, decision := range []ledger.Decision{"", ledger.Denied} {
			_, err := w.Ledger.Read(ctx, ledger.Query{Tenant: of, Decision: decision})
			tell(err)
		}
	}
	_, err := w.Ledger.OpenAlerts(ctx, "")
	tell(err)
	_, err = w.Ledger.ClosedAlerts(ctx, "")
	tell(err)
	return missing
}

// Each index of the list is one that a query needs: without it, the cloud refuses that. The next
// run of the set-up brings it back, as it does in a project that was made before the list had it.
func TestEachIndexIsNeeded(t *testing.T) {
	w := vendingtest.Start(t)
	all := indexesOf(t, w, platformDatabase)
	if listed := len(indexes.Listed().Platform); len(all) != listed || listed == 0 {
		t.Fatalf("the database has %d indexes, and the list %d", len(all), listed)
	}
	for len(all) > 0 {
		index := all[0]
		all = all[1:]
		if refused(t, w) {
			t.Fatal("a query is refused with all indexes of the list")
		}
		drop(t, w, index)
		if !refused(t, w) {
			t.Errorf("no query needs %s", index)
		}
		check(t, setup.Run(t.Context(), w.Owner, setup.Default(vendingtest.Project)))
	}
	if refused(t, w) {
		t.Error("a query is refused after the set-up ran again")
	}
}

// An index takes its time. The set-up waits; if it is out of patience it says for what, and the
// next run waits for the same index, and makes no second one.
func TestSetUpWaitsForIndexes(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	before := indexesOf(t, w, platformDatabase)
	for _, index := range before {
		drop(t, w, index)
	}
	w.Cloud.SetIndexBuild(5 * time.Minute)
	cfg := setup.Default(vendingtest.Project)
	cfg.Building = 300 * time.Millisecond
	if err := setup.Run(ctx, w.Owner, cfg); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("while the indexes are being built: %v", err)
	}
	if begun := indexesOf(t, w, platformDatabase); len(begun) != len(before) {
		t.Errorf("it has begun %d indexes, want %d", len(begun), len(before))
	}
	check(t, w.Cloud.Clock().Advance(5*time.Minute))
	check(t, setup.Run(ctx, w.Owner, cfg))
	if made := indexesOf(t, w, platformDatabase); len(made) != len(before) || refused(t, w) {
		t.Errorf("after a second run: %q", made)
	}
}

// A pool that was made before the list named an index is given it by the set-up.
func TestSetUpMakesIndexesOfPools(t *testing.T) {
	w := vendingtest.Start(t)
	pool := w.OnboardAs(t, "acme", tenant.EU, tenant.Pool)
	database := project + "/databases/" + pool.Database
	had := indexesOf(t, w, database)
	list, err := indexes.Parse([]byte(`{"indexes": [{"collectionGroup": "invoices", "queryScope": "COLLECTION",
		"fields": [{"fieldPath": "paid", "order": "ASCENDING"}, {"fieldPath": "due", "order": "DESCENDING"}]}]}`))
	check(t, err)
	cfg := setup.Default(vendingtest.Project)
	cfg.Indexes.Tenants = slices.Concat(cfg.Indexes.Tenants, list.Tenants)
	for range 2 {
		check(t, setup.Run(t.Context(), w.Owner, cfg))
		if has := indexesOf(t, w, database); len(has) != len(had)+1 {
			t.Errorf("the pool has %q, and had %q", has, had)
		}
	}
}
