package authsettings_test

import (
	"errors"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/app/apptest"
	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
)

// TestNobodyIsLockedOut: a provider that people must use stays, and none is required that is not
// there.
func TestNobodyIsLockedOut(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	admin := w.Grant(t, w.Acme.Admin)
	if _, err := w.Stage(ctx, admin, 0); !errors.Is(err, authsettings.ErrNoProvider) {
		t.Errorf("requiring a provider without one: %v, want ErrNoProvider", err)
	}
	o := w.enabled(t, admin)
	codes, err := w.Stage(ctx, admin, w.version(t))
	if err != nil || len(codes) != authpolicy.RecoveryCodes {
		t.Fatalf("%d codes, %v", len(codes), err)
	}
	p := w.policy(t, w.Acme.ID)
	if p.Enforcement.Is() != authpolicy.Staged || p.Enforcement.By != w.Acme.Admin.ID {
		t.Errorf("staged: %+v", p.Enforcement)
	}
	if _, ok := p.Enforcement.Use(codes[9]); !ok {
		t.Error("a code that was shown is none")
	}
	if _, err := w.Stage(ctx, admin, p.Version); !errors.Is(err, authsettings.ErrEnforced) {
		t.Errorf("requiring it again: %v, want ErrEnforced", err)
	}
	if err := w.DisableProvider(ctx, admin, p.Version, o.ID); !errors.Is(err, authsettings.ErrRequired) {
		t.Errorf("disabling the provider on trial: %v, want ErrRequired", err)
	}
	w.set(t, func(p *authpolicy.Policy) { // two people have signed in
		p.Enforcement, _ = p.Enforcement.Succeeded(w.Acme.Admin.ID, time.Now())
		p.Enforcement, _ = p.Enforcement.Succeeded(w.Acme.Editor.ID, time.Now())
	})
	admin = w.GrantBy(t, w.Acme.Admin, authpolicy.AtProvider(o.ID)) // passwords open nothing any more
	for what, err := range map[string]error{
		"disabling": w.DisableProvider(ctx, admin, w.version(t), o.ID), "removing": w.RemoveProvider(ctx, admin, w.version(t), o.ID),
	} {
		if !errors.Is(err, authsettings.ErrLockout) {
			t.Errorf("%s the only way in: %v, want ErrLockout", what, err)
		}
	}
	must(t, w.Lift(ctx, admin, w.version(t)))
	if err := w.Lift(ctx, admin, w.version(t)); !errors.Is(err, authsettings.ErrInvalid) {
		t.Errorf("lifting what is not required: %v, want ErrInvalid", err)
	}
	if p := w.policy(t, w.Acme.ID); p.Enforcement.Is() != authpolicy.Off || len(p.Enforcement.Codes) != 0 {
		t.Errorf("lifted: %+v", p.Enforcement)
	}
	if err := w.RemoveProvider(ctx, admin, w.version(t), o.ID); !errors.Is(err, authsettings.ErrOwn) {
		t.Errorf("removing the provider at which one's own session began: %v, want ErrOwn", err)
	}
	admin = w.Grant(t, w.Acme.Admin)
	must(t, w.RemoveProvider(ctx, admin, w.version(t), o.ID))
	for _, action := range []string{"enforcement.stage", "enforcement.lift"} {
		if e := w.entries(t, admin)["authentication."+action]; e.ID != "enforcement" {
			t.Errorf("the audit says of %s: %+v", action, e)
		}
	}
}

// TestItGoesBackByItself: a worker goes back when nobody else has signed in within the hour, says
// so in the audit, and leaves alone what a second person has made final.
func TestItGoesBackByItself(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	worker := apptest.Start(t, w.World)
	admin := w.Grant(t, w.Acme.Admin)
	w.enabled(t, admin)
	anHourAgo := w.service(t, func(c *authsettings.Config) {
		c.Now = func() time.Time { return time.Now().Add(-authpolicy.StageTime - time.Second) }
	})

	if _, err := anHourAgo.Stage(ctx, admin, w.version(t)-1); err == nil {
		t.Fatal("a stale version is staged")
	}
	if left := reverts(t, w); left != 0 {
		t.Errorf("a stage that was refused leaves %d jobs", left)
	}
	_, err := anHourAgo.Stage(ctx, admin, w.version(t))
	must(t, err)
	if n := worker.Tick(t); n != 1 {
		t.Fatalf("%d jobs were done", n)
	}
	p := w.policy(t, w.Acme.ID)
	if p.Enforcement.Is() != authpolicy.Off || p.Enforcement.Reverted.IsZero() || len(p.Enforcement.Codes) != 0 {
		t.Errorf("nobody came: %+v", p.Enforcement)
	}
	if e := w.entries(t, admin)["authentication.enforcement.revert"]; e.Method != "job" || e.Before != "staged" {
		t.Errorf("the audit says %+v of it", e)
	}

	_, err = anHourAgo.Stage(ctx, admin, p.Version)
	must(t, err)
	at := time.Now().Add(-authpolicy.StageTime)
	w.set(t, func(p *authpolicy.Policy) {
		p.Enforcement, _ = p.Enforcement.Succeeded(w.Acme.Admin.ID, at)
		p.Enforcement, _ = p.Enforcement.Succeeded(w.Acme.Editor.ID, at)
	})
	version := w.version(t)
	if n := worker.Tick(t); n != 1 {
		t.Fatalf("%d jobs were done", n)
	}
	if p := w.policy(t, w.Acme.ID); p.Enforcement.Is() != authpolicy.Enforced || p.Version != version {
		t.Errorf("the second person came: %+v", p.Enforcement)
	}
}

func reverts(t *testing.T, w *world) (n int) {
	t.Helper()
	page, err := w.Queue.List(t.Context(), jobs.Due, "", 0)
	must(t, err)
	for _, j := range page.Jobs {
		if j.Kind == authsettings.RevertKind {
			n++
		}
	}
	return n
}
