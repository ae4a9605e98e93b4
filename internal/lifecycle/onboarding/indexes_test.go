package onboarding_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/onboarding"
	"github.com/bulkhead-saas/bulkhead/internal/platform/indexes"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// invoices is a list of indexes that a feature needs which shows what is due first.
func invoices(t *testing.T) []indexes.Index {
	t.Helper()
	list, err := indexes.Parse([]byte(`{"indexes": [
		{"collectionGroup": "invoices", "queryScope": "COLLECTION", "fields": [
			{"fieldPath": "paid", "order": "ASCENDING"}, {"fieldPath": "due", "order": "ASCENDING"}]},
		{"collectionGroup": "invoices", "queryScope": "COLLECTION", "fields": [
			{"fieldPath": "paid", "order": "ASCENDING"}, {"fieldPath": "due", "order": "DESCENDING"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return list.Tenants
}

// lists asks the tenant's database for what is due, and returns the code of the answer.
func lists(t *testing.T, w *vendingtest.World, of tenant.Tenant) codes.Code {
	t.Helper()
	db, err := firestore.NewClientWithDatabase(t.Context(), vendingtest.Project, of.Database,
		localcloudtest.GRPC(w.Cloud, w.Cloud.OwnerKey())...)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	root := db.Collection("invoices").Query
	if of.Isolation == tenant.Pool {
		root = db.Doc("tenants/" + of.ID.String()).Collection("invoices").Query
	}
	for _, direction := range []firestore.Direction{firestore.Asc, firestore.Desc} {
		_, err := root.Where("paid", "==", false).OrderBy("due", direction).Documents(t.Context()).GetAll()
		if err != nil {
			return status.Code(err)
		}
	}
	return codes.OK
}

// made returns how many indexes the tenant's database has.
func made(t *testing.T, w *vendingtest.World, of tenant.Tenant) (n int) {
	t.Helper()
	databases, err := w.Owner.Databases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := databases.ListIndexes(t.Context(), &adminpb.ListIndexesRequest{
		Parent: "projects/" + vendingtest.Project + "/databases/" + of.Database + "/collectionGroups/-",
	})
	for ; ; n++ {
		if _, err := all.Next(); errors.Is(err, iterator.Done) {
			return n
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// A tenant is in service once its indexes are ready. A run that did not wait so long is completed
// by the next, which makes nothing twice. That holds in a silo, and for each who comes to a pool.
func TestProvisionWaitsForIndexes(t *testing.T) {
	for _, isolation := range []tenant.Isolation{tenant.Silo, tenant.Pool} {
		t.Run(string(isolation), func(t *testing.T) {
			w := vendingtest.Start(t)
			ctx := t.Context()
			r, cfg := request(t, "acme"), w.Onboarding
			r.Isolation, cfg.Indexes, cfg.Building = isolation, invoices(t), 300*time.Millisecond
			w.Cloud.SetIndexBuild(5 * time.Minute)
			for range 2 {
				if _, err := onboarding.Provision(ctx, cfg, r); !errors.Is(err, context.DeadlineExceeded) {
					t.Fatalf("while the indexes are being built: %v", err)
				}
			}
			now, err := cfg.Registry.BySlug(ctx, r.Slug)
			if err != nil || now.Status != tenant.Provisioning {
				t.Fatalf("meanwhile the tenant is %s, %v", now.Status, err)
			}
			if err := w.Cloud.Clock().Advance(5 * time.Minute); err != nil {
				t.Fatal(err)
			}
			got, err := onboarding.Provision(ctx, cfg, r)
			if err != nil || got.Status != tenant.Active {
				t.Fatalf("a later run made it %s, %v", got.Status, err)
			}
			if code, n := lists(t, w, got), made(t, w, got); code != codes.OK || n != len(cfg.Indexes) {
				t.Errorf("its query is %s, with %d indexes", code, n)
			}

			w.Cloud.SetIndexBuild(0)
			r = request(t, "globex")
			r.Isolation = isolation
			next, err := onboarding.Provision(ctx, cfg, r)
			if err != nil {
				t.Fatal(err)
			}
			if code, n := lists(t, w, next), made(t, w, next); code != codes.OK || n != len(cfg.Indexes) {
				t.Errorf("the next tenant's query is %s, with %d indexes", code, n)
			}
		})
	}
}

// A run that was cut off between two indexes, or whose answer was lost, is completed.
func TestProvisionGoesOnWithIndexes(t *testing.T) {
	w := vendingtest.Start(t)
	r, cfg := request(t, "acme"), w.Onboarding
	cfg.Indexes = invoices(t)[:1]
	cut := errors.New("cut off")
	_, err := onboarding.ProvisionWatched(t.Context(), cfg, r, func(step string) error {
		if step == "indexes" {
			return cut
		}
		return nil
	})
	if !errors.Is(err, cut) {
		t.Fatal(err)
	}
	cfg.Indexes = invoices(t)
	got, err := onboarding.Provision(t.Context(), cfg, r)
	if err != nil {
		t.Fatal(err)
	}
	if code, n := lists(t, w, got), made(t, w, got); code != codes.OK || n != len(cfg.Indexes) {
		t.Errorf("its query is %s, with %d indexes", code, n)
	}
}

// A tenant that was made before the list named an index is given it.
func TestReconcileMakesIndexes(t *testing.T) {
	w := vendingtest.Start(t)
	for _, r := range []onboarding.Request{request(t, "acme"), pooled(t, "globex")} {
		got, err := onboarding.Provision(t.Context(), w.Onboarding, r)
		if err != nil {
			t.Fatal(err)
		}
		if code := lists(t, w, got); code != codes.FailedPrecondition {
			t.Errorf("before, the query is %s", code)
		}
		before, cfg := made(t, w, got), w.Onboarding
		cfg.Indexes = invoices(t)
		for range 2 {
			if err := onboarding.Reconcile(t.Context(), cfg, got.ID); err != nil {
				t.Fatal(err)
			}
		}
		if code, n := lists(t, w, got), made(t, w, got); code != codes.OK || n != before+len(cfg.Indexes) {
			t.Errorf("afterwards, the query is %s, with %d indexes", code, n)
		}
	}
}
