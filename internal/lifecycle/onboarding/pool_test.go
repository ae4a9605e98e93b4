package onboarding_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/onboarding"
	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/probe"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

func pooled(t *testing.T, slug string) onboarding.Request {
	r := request(t, slug)
	r.Isolation = tenant.Pool
	return r
}

// Tenants that come at once to a pool which is not there yet make one database and one bucket, and
// each is bound to its own part of the bucket.
func TestProvisionPooled(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	made := make([]tenant.Tenant, 4)
	var wg sync.WaitGroup
	for i := range made {
		r := pooled(t, "pooled-"+string(rune('a'+i)))
		wg.Go(func() {
			var err error
			if made[i], err = onboarding.Provision(ctx, w.Onboarding, r); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	bucket, err := w.Owner.Storage().Bucket(made[0].Bucket).IAM().V3().Policy(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range made {
		member := "serviceAccount:" + one.ServiceAccount
		if one.Isolation != tenant.Pool || one.Database != "pool-eu" || one.Cell != tenant.DefaultCell(tenant.EU) {
			t.Errorf("made %+v", one)
		}
		held := slices.DeleteFunc(slices.Clone(bucket.Bindings), func(b *iampb.Binding) bool { return !slices.Contains(b.Members, member) })
		if len(held) != 1 || !strings.Contains(held[0].GetCondition().GetExpression(), "/objects/"+one.ID.String()+"/") {
			t.Errorf("%s is bound to the bucket by %v", one.Slug, held)
		}
		if again, err := onboarding.Provision(ctx, w.Onboarding, pooled(t, one.Slug.String())); err != nil || again != one {
			t.Errorf("the second run made %+v, %v", again, err)
		}
	}
	// On the project they share one binding, for they share one database.
	bindings := 0
	for _, b := range policy(t, w).GetBindings() {
		if slices.Contains(b.GetMembers(), "serviceAccount:"+made[0].ServiceAccount) {
			bindings++
			if len(b.GetMembers()) != len(made) {
				t.Errorf("the binding is of %v", b.GetMembers())
			}
		}
	}
	if bindings != 1 {
		t.Errorf("%d bindings on the project", bindings)
	}
	if _, err := onboarding.Provision(ctx, w.Onboarding, request(t, made[0].Slug.String())); !errors.Is(err, onboarding.ErrMismatch) {
		t.Errorf("the same slug as a silo: got %v, want ErrMismatch", err)
	}
}

// A key that the cloud lets in to another tenant's files of the same pool does not go active.
func TestProvisionProvesPool(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	first, err := onboarding.Provision(ctx, w.Onboarding, pooled(t, "globex"))
	if err != nil {
		t.Fatal(err)
	}
	r := pooled(t, "acme")
	_, err = onboarding.ProvisionWatched(ctx, w.Onboarding, r, func(step string) error {
		if step != "account" {
			return nil
		}
		made, err := w.Onboarding.Registry.BySlug(ctx, r.Slug)
		if err != nil {
			return err
		}
		handle := w.Owner.Storage().Bucket(first.Bucket).IAM().V3()
		p, err := handle.Policy(ctx)
		if err != nil {
			return err
		}
		p.Bindings = append(p.Bindings, &iampb.Binding{
			Role: "roles/storage.objectViewer", Members: []string{"serviceAccount:" + location.AccountOf(vendingtest.Project, made.ID)},
		})
		return handle.SetPolicy(ctx, p)
	})
	if !errors.Is(err, probe.ErrNotIsolated) {
		t.Errorf("got %v, want ErrNotIsolated", err)
	}
}

// Without keys the same steps make a tenant, and none is left who may act as it but vending@.
func TestProvisionKeyless(t *testing.T) {
	w := vendingtest.Start(t, vendingtest.Keyless)
	ctx := t.Context()
	cut := errors.New("cut off")
	for i, last := range []string{"account binding", "proof", "admin record"} {
		r := request(t, "keyless-"+string(rune('a'+i)))
		_, err := onboarding.ProvisionWatched(ctx, w.Onboarding, r, func(step string) error {
			if step == last {
				return cut
			}
			return nil
		})
		if !errors.Is(err, cut) {
			t.Fatalf("got %v, want to be cut off", err)
		}
		made, err := onboarding.Provision(ctx, w.Onboarding, r)
		if err != nil {
			t.Fatal(err)
		}
		w.Forget()
		want := whole
		want.Keys = 0
		if got := take(t, w, made); got != want {
			t.Errorf("cut off after %s: %+v, want %+v", last, got, want)
		}
		creds, err := w.Jobs.Impersonate(ctx, made.ServiceAccount)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := creds.Token(ctx); err == nil {
			t.Error("jobs@ may still act as the tenant")
		}
	}
	r := request(t, "wide")
	_, err := onboarding.ProvisionWatched(ctx, w.Onboarding, r, func(step string) error {
		if step == "account" {
			made, err := w.Onboarding.Registry.BySlug(ctx, r.Slug)
			bind(t, w, "roles/datastore.viewer", "serviceAccount:"+location.AccountOf(vendingtest.Project, made.ID), nil)
			return err
		}
		return nil
	})
	if !errors.Is(err, probe.ErrNotIsolated) {
		t.Errorf("an account that opens more: got %v, want ErrNotIsolated", err)
	}
}
