package onboarding_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/onboarding"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// stale is a run that is held up before a step, while its owner believes it dead.
type stale struct {
	goOn   chan error // nil: go on; an error: die there
	result chan error
}

// hold starts a run and returns once it is about to do the step.
func hold(t *testing.T, w *vendingtest.World, r onboarding.Request, step string) stale {
	t.Helper()
	s := stale{make(chan error), make(chan error, 1)}
	there := make(chan struct{})
	go func() {
		_, err := onboarding.ProvisionPaused(context.WithoutCancel(t.Context()), w.Onboarding, r, func(next string) error {
			if next != step {
				return nil
			}
			close(there)
			return <-s.goOn
		})
		s.result <- err
	}()
	select {
	case <-there:
	case err := <-s.result:
		t.Fatalf("the run ended before %s: %v", step, err)
	}
	return s
}

// end lets the run go on, or die, and returns how it ended.
func (s stale) end(with error) error {
	s.goOn <- with
	return <-s.result
}

// A run that was overtaken changes nothing of a tenant that another has finished, wherever it was
// held up: the tenant stays active, and there is one of each thing.
func TestStaleRun(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	for i, step := range onboarding.Steps()[1:] {
		t.Run(step, func(t *testing.T) {
			r := request(t, "stale-"+string(rune('a'+i)))
			old := hold(t, w, r, step)
			made, err := onboarding.Provision(ctx, w.Onboarding, r)
			if err != nil {
				t.Fatal(err)
			}
			if err := old.end(nil); !errors.Is(err, tenant.ErrStale) {
				t.Errorf("the stale run ended in %v, want ErrStale", err)
			}
			w.Forget()
			if diff := cmp.Diff(whole, take(t, w, made)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A run that dies once it was overtaken does not take a tenant out of service.
func TestStaleRunDies(t *testing.T) {
	w := vendingtest.Start(t)
	r := request(t, "acme")
	old := hold(t, w, r, "identity")
	made, err := onboarding.Provision(t.Context(), w.Onboarding, r)
	if err != nil {
		t.Fatal(err)
	}
	cut := errors.New("cut off")
	if err := old.end(cut); !errors.Is(err, cut) {
		t.Errorf("the stale run ended in %v", err)
	}
	if now, err := w.Onboarding.Registry.Current(t.Context(), made.ID); err != nil || now != made {
		t.Errorf("the tenant is now %+v, %v; want %+v", now, err, made)
	}
}

// A run that was overtaken does not end a suspension.
func TestStaleRunEndsNoSuspension(t *testing.T) {
	w := vendingtest.Start(t)
	r := request(t, "acme")
	old := hold(t, w, r, "activate")
	made, err := onboarding.Provision(t.Context(), w.Onboarding, r)
	if err != nil {
		t.Fatal(err)
	}
	if err := tenancytest.SetStatus(t.Context(), w.Onboarding.Registry, made.ID, tenant.Suspended); err != nil {
		t.Fatal(err)
	}
	if err := old.end(nil); !errors.Is(err, tenant.ErrStale) {
		t.Errorf("the stale run ended in %v, want ErrStale", err)
	}
	if now, err := w.Onboarding.Registry.Current(t.Context(), made.ID); err != nil || now.Status != tenant.Suspended {
		t.Errorf("the tenant is now %s, %v", now.Status, err)
	}
	if _, err := onboarding.Provision(t.Context(), w.Onboarding, r); !errors.Is(err, onboarding.ErrMismatch) {
		t.Errorf("a new run over a suspended tenant: %v, want ErrMismatch", err)
	}
}

// Without keys, a run that was overtaken leaves jobs@ no right to act as the tenant.
func TestStaleKeylessRun(t *testing.T) {
	w := vendingtest.Start(t, vendingtest.Keyless)
	r := request(t, "acme")
	old := hold(t, w, r, "account binding")
	made, err := onboarding.Provision(t.Context(), w.Onboarding, r)
	if err != nil {
		t.Fatal(err)
	}
	if err := old.end(nil); !errors.Is(err, tenant.ErrStale) {
		t.Errorf("the stale run ended in %v, want ErrStale", err)
	}
	creds, err := w.Jobs.Impersonate(t.Context(), made.ServiceAccount)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := creds.Token(t.Context()); err == nil {
		t.Error("jobs@ may act as the tenant")
	}
}

// A run that was overtaken may still have stored its key, which the other has deleted: the next run
// replaces it.
func TestDeadKeyInVault(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	r := request(t, "acme")
	old := hold(t, w, r, "vault")
	dying := errors.New("cut off")
	_, err := onboarding.ProvisionPaused(ctx, w.Onboarding, r, func(step string) error {
		if step != "vault" {
			return nil
		}
		if err := old.end(nil); !errors.Is(err, tenant.ErrStale) { // which stores a key that is gone
			t.Errorf("the stale run ended in %v, want ErrStale", err)
		}
		return dying
	})
	if !errors.Is(err, dying) {
		t.Fatal(err)
	}
	made, err := onboarding.Provision(ctx, w.Onboarding, r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole, take(t, w, made)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
