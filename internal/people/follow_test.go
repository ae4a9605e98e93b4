package people_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/mail"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

// intents returns how many intents wait, without letters.
func (w world) intents(t *testing.T) int {
	t.Helper()
	page, err := w.Queue.List(t.Context(), queue.Due, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	return len(slices.DeleteFunc(page.Jobs, func(j queue.Job) bool { return j.Kind == mail.SendKind }))
}

// TestAnUnacknowledgedChangeEndsTheOldTokens: whatever becomes of the answer to the commit, the
// token with the old role, or of somebody who is disabled now, is dead when the change returns.
func TestAnUnacknowledgedChangeEndsTheOldTokens(t *testing.T) {
	const commit = "/google.firestore.v1.Firestore/Commit"
	w := newWorld(t)
	acme := w.Acme
	database := "projects/" + vendingtest.Project + "/databases/" + acme.Database
	admin := w.Grant(t, acme.Admin)
	demote := func(ctx context.Context) error {
		_, err := w.People.ChangeRole(ctx, admin, acme.Editor.ID, tenant.Viewer)
		return err
	}
	disable := func(ctx context.Context) error {
		_, err := w.People.SetDisabled(ctx, admin, acme.Editor.ID, true)
		return err
	}
	for name, tt := range map[string]struct {
		rule fault.Rule
		gone bool // the admin closes the tab
		do   func(context.Context) error
		fail bool
		left int // intents that stay, for the commit may still take effect
	}{
		"the answer to a demotion is cut":   {fault.Rule{Cut: true, After: true, Times: 1}, false, demote, true, 1},
		"the answer to a disabling is cut":  {fault.Rule{Cut: true, After: true, Times: 1}, false, disable, true, 1},
		"a demoting admin closes the tab":   {fault.Rule{Delay: 300 * time.Millisecond, After: true, Times: 1}, true, demote, false, 0},
		"a disabling admin closes the tab":  {fault.Rule{Delay: 300 * time.Millisecond, After: true, Times: 1}, true, disable, false, 0},
		"the tab is closed before a commit": {fault.Rule{Delay: 300 * time.Millisecond, Times: 1}, true, demote, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			tokens := w.SignedIn(t, acme.Editor)
			before := w.intents(t)
			tt.rule.Method, tt.rule.Resource = commit, database
			struck := w.Cloud.Faults().Add(tt.rule)
			defer struck.Remove()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.gone {
				go func() {
					for struck.Hits() == 0 && ctx.Err() == nil {
						time.Sleep(time.Millisecond)
					}
					cancel()
				}()
			}
			if err := tt.do(ctx); (err != nil) != tt.fail {
				t.Errorf("the change: %v", err)
			}
			if struck.Hits() == 0 {
				t.Fatal("no commit was struck")
			}
			if role := w.RoleOf(t, acme.Tenant, tokens); role != 0 {
				t.Errorf("the old token stands as %v", role)
			}
			if p, err := w.Elsewhere(t).Bearer(t.Context(), tenant.SelectID(acme.ID), tokens.ID); !errors.Is(err, tenant.ErrUnauthenticated) {
				t.Errorf("in another process the old token stands as %v, %v", p.Role(), err)
			}
			if left := w.intents(t) - before; left != tt.left {
				t.Errorf("%d intents stay, want %d", left, tt.left)
			}
			restore(t, w, acme.Editor)
		})
	}
}

// restore gives the person their role back and lets them in.
func restore(t *testing.T, w world, p vendingtest.Person) {
	t.Helper()
	admin := w.Grant(t, w.Acme.Admin)
	_, roleErr := w.People.ChangeRole(t.Context(), admin, p.ID, p.Role)
	_, statusErr := w.People.SetDisabled(t.Context(), admin, p.ID, false)
	if err := errors.Join(roleErr, statusErr); err != nil {
		t.Fatal(err)
	}
}

// TestARefusedChangeLeavesNoIntent: what is refused ends no token and gives a worker nothing to do.
func TestARefusedChangeLeavesNoIntent(t *testing.T) {
	w := newWorld(t)
	tokens := w.SignedIn(t, w.Acme.Admin)
	for who, by := range map[string]vendingtest.Person{"an editor": w.Acme.Editor, "the last admin": w.Acme.Admin} {
		_, err := w.People.ChangeRole(t.Context(), w.Grant(t, by), w.Acme.Admin.ID, tenant.Viewer)
		if !errors.Is(err, users.ErrForbidden) && !errors.Is(err, users.ErrLastAdmin) {
			t.Errorf("%s demotes the last admin: %v", who, err)
		}
	}
	if n := w.intents(t); n != 0 {
		t.Errorf("%d intents", n)
	}
	if role := w.RoleOf(t, w.Acme.Tenant, tokens); role != tenant.Admin {
		t.Errorf("the token stands as %v", role)
	}
}

// TestFollowGivesUpOnNoPerson: a payload that names nobody is never tried again.
func TestFollowGivesUpOnNoPerson(t *testing.T) {
	w := newWorld(t)
	g := w.Grant(t, w.Acme.Admin)
	for _, payload := range []string{"", "x", "{}", `{"user":""}`, `{"user":"a/b"}`} {
		if err := w.People.Follow(t.Context(), g, []byte(payload)); !errors.Is(err, jobs.ErrGiveUp) {
			t.Errorf("%q: %v", payload, err)
		}
	}
}

// Asking for what is so already changes nothing and ends nobody's session, for a person who was
// never changed, and for one who was.
func TestUnchangedEndsNothing(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	acme := w.Acme
	admin := w.Grant(t, acme.Admin)
	stands := func(what string, tokens sessioncookie.Tokens, ask func() (users.User, error)) {
		t.Helper()
		before, err := users.NewRepository(admin).Get(ctx, acme.Editor.ID)
		if err != nil {
			t.Fatal(err)
		}
		after, err := ask()
		if err != nil || after != before {
			t.Errorf("%s: %+v, %v; before %+v", what, after, err, before)
		}
		if w.RoleOf(t, acme.Tenant, tokens) == 0 {
			t.Errorf("%s ended the session", what)
		}
	}
	editor := func() (users.User, error) { return w.People.ChangeRole(ctx, admin, acme.Editor.ID, tenant.Editor) }
	enabled := func() (users.User, error) { return w.People.SetDisabled(ctx, admin, acme.Editor.ID, false) }
	tokens := w.SignedIn(t, acme.Editor)
	stands("the role of a person never changed", tokens, editor)
	stands("the status of a person never changed", tokens, enabled)
	for _, role := range []tenant.Role{tenant.Viewer, tenant.Editor} {
		if _, err := w.People.ChangeRole(ctx, admin, acme.Editor.ID, role); err != nil {
			t.Fatal(err)
		}
	}
	tokens = w.SignedIn(t, acme.Editor)
	stands("the role of a person who was changed", tokens, editor)
	stands("the status of a person who was changed", tokens, enabled)
}

// TestAnAdminRevokedMeanwhileLeavesTheIntent: the answer to the commit is lost, and the admin is
// revoked before it is sent again. What is refused then may have been written before.
func TestAnAdminRevokedMeanwhileLeavesTheIntent(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	admin := w.Grant(t, w.Acme.Admin)
	struck := w.Cloud.Faults().Add(fault.Rule{
		Method:   "/google.firestore.v1.Firestore/Commit",
		Resource: "projects/" + vendingtest.Project + "/databases/" + w.Acme.Database, Cut: true, After: true, Times: 1,
	})
	revoked := make(chan error, 1)
	go func() {
		for struck.Hits() == 0 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		revoked <- w.Revocations.RevokeUser(ctx, w.Acme.ID, w.Acme.Admin.ID)
	}()
	if _, err := w.People.ChangeRole(ctx, admin, w.Acme.Editor.ID, tenant.Viewer); err == nil {
		t.Error("the answer was not lost")
	}
	if err := <-revoked; err != nil {
		t.Fatal(err)
	}
	if n := w.intents(t); n != 1 {
		t.Errorf("%d intents, want 1", n)
	}
}
