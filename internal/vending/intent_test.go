package vending_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/guard"
	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestIntents: who may have a job done, and whose job it is.
func TestIntents(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	ctx := t.Context()
	machine := w.NewMachine(t, vending.MachineConfig{Purposes: vending.Purposes{
		"inspect": {Collections: map[string]guard.Verbs{"uploads": guard.Read}},
	}})
	grant := func(p vendingtest.Person) vending.Grant {
		t.Helper()
		g, err := machine.Vend(ctx, w.Principal(t, p))
		fatal(t, err)
		return g
	}
	editor := grant(w.Acme.Editor)
	due := func() []queue.Job {
		t.Helper()
		page, err := w.Queue.List(ctx, queue.Due, "", 0)
		fatal(t, err)
		return page.Jobs
	}
	for who, tt := range map[string]struct {
		g       vending.Grant
		kind    string
		payload any
		want    error
	}{
		"nobody":                          {vending.Grant{}, "inspect", nil, vending.ErrDenied},
		"acme's viewer":                   {grant(w.Acme.Viewer), "inspect", nil, vending.ErrReadOnly},
		"acme's editor, of no purpose":    {editor, "identity-follow", nil, vending.ErrDenied},
		"acme's editor, of no kind":       {editor, "", nil, vending.ErrDenied},
		"acme's editor, with a long text": {editor, "inspect", strings.Repeat("x", queue.MaxPayload), tenant.ErrInvalid},
	} {
		if i, err := tt.g.Intend(ctx, tt.kind, tt.payload); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", who, err, tt.want)
		} else if err := i.Drop(ctx); !errors.Is(err, queue.ErrNoJob) {
			t.Errorf("%s drops it: %v", who, err)
		}
	}
	if jobs := due(); len(jobs) != 0 {
		t.Fatalf("what was refused is there: %+v", jobs)
	}

	// One intent at a time of its own, however often it is asked for; another of another name.
	at := time.Now().Add(24 * time.Hour)
	for _, name := range []string{"a", "a", "b"} {
		_, err := editor.IntendAt(ctx, "inspect", name, at, nil)
		fatal(t, err)
	}
	jobs := due()
	if len(jobs) != 2 || jobs[0].Tenant != w.Acme.ID || !jobs[0].Due.Equal(at.UTC().Truncate(time.Microsecond)) {
		t.Fatalf("two intents of a day's time are %+v", jobs)
	}
	for _, name := range []string{"", strings.Repeat("x", 41), "a/b"} {
		if _, err := editor.IntendAt(ctx, "inspect", name, at, nil); !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("an intent called %.10q: %v, want ErrInvalid", name, err)
		}
	}
	for who, g := range map[string]vending.Grant{"nobody": {}, "acme's viewer": grant(w.Acme.Viewer)} {
		if _, err := g.IntendAt(ctx, "inspect", "c", at, nil); err == nil {
			t.Errorf("%s intends a job at a time", who)
		}
	}
	for _, job := range jobs {
		fatal(t, w.Queue.Cancel(ctx, job.ID))
	}

	// Whatever the payload says, the job is acme's; it waits until it is hurried, and is gone when
	// dropped.
	one, err := editor.Intend(ctx, "inspect", map[string]string{"tenant": w.Globex.ID.String()})
	fatal(t, err)
	other, err := editor.Intend(ctx, "inspect", nil)
	fatal(t, err)
	jobs = due()
	if len(jobs) != 2 || jobs[0].Tenant != w.Acme.ID || jobs[1].Tenant != w.Acme.ID {
		t.Fatalf("the jobs are %+v", jobs)
	}
	takable := func() (n int) {
		t.Helper()
		for _, err := range w.Queue.Takable(ctx) {
			fatal(t, err)
			n++
		}
		return n
	}
	if n := takable(); n != 0 {
		t.Errorf("%d are due at once", n)
	}
	fatal(t, one.Hurry(ctx))
	fatal(t, one.Hurry(ctx))
	if n := takable(); n != 1 {
		t.Errorf("%d are due after one was hurried", n)
	}
	fatal(t, other.Drop(ctx))
	fatal(t, one.Drop(ctx))
	if err := one.Hurry(ctx); !errors.Is(err, queue.ErrNoJob) || len(due()) != 0 {
		t.Errorf("after both were dropped: %v, %+v", err, due())
	}
}
