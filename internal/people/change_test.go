package people_test

import (
	"errors"
	"sync"
	"testing"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

func TestRoleChangeReachesALivingSession(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	acme := w.Acme
	tokens := w.SignedIn(t, acme.Editor)
	u, err := w.People.ChangeRole(ctx, w.Grant(t, acme.Admin), acme.Editor.ID, tenant.Viewer)
	if err != nil || u.Role != tenant.Viewer {
		t.Fatalf("change role: %v, %v", u, err)
	}
	if role := w.RoleOf(t, acme.Tenant, tokens); role != 0 {
		t.Errorf("the old token still stands, as %v", role)
	}
	next, err := w.Services.SignIn.Refresh(ctx, acme.Tenant, tokens.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	if role := w.RoleOf(t, acme.Tenant, next); role != tenant.Viewer {
		t.Errorf("after a refresh: %v", role)
	}
	// A refresh that goes round us says the new role as well: a custom token with a role in it
	// would not.
	round := sessioncookie.Tokens{ID: w.RefreshAtGoogle(t, tokens.Refresh)}
	if role := w.RoleOf(t, acme.Tenant, round); role != tenant.Viewer {
		t.Errorf("after a refresh at Google: %v", role)
	}
	if role := w.RoleOf(t, acme.Tenant, w.SignedIn(t, acme.Editor)); role != tenant.Viewer {
		t.Errorf("after a sign-in: %v", role)
	}
}

// The process dies after the truth is written: no copy, no revocation.
func TestHalfARoleChangeIsRepaired(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	acme := w.Acme
	copied := func() any {
		account, err := w.Directory(t, acme.Tenant).GetUser(ctx, acme.Editor.ID.String())
		if err != nil {
			t.Fatal(err)
		}
		return account.CustomClaims["rl"]
	}
	tokens := w.SignedIn(t, acme.Editor)
	admin := users.NewRepository(w.Grant(t, acme.Admin))
	if _, err := admin.ChangeRole(ctx, acme.Editor.ID, tenant.Admin); err != nil {
		t.Fatal(err)
	}
	next, err := w.Services.SignIn.Refresh(ctx, acme.Tenant, tokens.Refresh)
	if err != nil || w.RoleOf(t, acme.Tenant, next) != tenant.Admin || copied() != "admin" {
		t.Errorf("refresh: %v, copy %v, %v", w.RoleOf(t, acme.Tenant, next), copied(), err)
	}
	if _, err := admin.ChangeRole(ctx, acme.Editor.ID, tenant.Viewer); err != nil {
		t.Fatal(err)
	}
	if got := w.RoleOf(t, acme.Tenant, w.SignedIn(t, acme.Editor)); got != tenant.Viewer || copied() != "viewer" {
		t.Errorf("sign-in: %v, copy %v", got, copied())
	}
	if _, err := admin.ChangeRole(ctx, acme.Editor.ID, tenant.Editor); err != nil {
		t.Fatal(err)
	}
	tokens = w.SignedIn(t, acme.Editor)
	if _, err := w.People.ChangeRole(ctx, w.Grant(t, acme.Admin), acme.Editor.ID, tenant.Editor); err != nil {
		t.Fatal(err)
	}
	if role := w.RoleOf(t, acme.Tenant, tokens); role != 0 || copied() != "editor" {
		t.Errorf("asked again: the old token stands as %v, copy %v", role, copied())
	}
}

func TestWhoMayChangeWhom(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	acme, globex := w.Acme, w.Globex
	admin := w.Grant(t, acme.Admin)
	nobody, err := tenant.ParseUserID("nobody")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		by   vending.Grant
		whom tenant.UserID
		want error
	}{
		"an editor":               {w.Grant(t, acme.Editor), acme.Viewer.ID, users.ErrForbidden},
		"a viewer, themselves":    {w.Grant(t, acme.Viewer), acme.Viewer.ID, users.ErrForbidden},
		"another tenant's admin":  {w.Grant(t, globex.Admin), acme.Viewer.ID, users.ErrNotFound},
		"nobody":                  {vending.Grant{}, acme.Viewer.ID, users.ErrForbidden},
		"an admin, nobody":        {admin, nobody, users.ErrNotFound},
		"an admin, the last one":  {admin, acme.Admin.ID, users.ErrLastAdmin},
		"an admin, of the others": {admin, globex.Viewer.ID, users.ErrNotFound},
	} {
		if _, err := w.People.ChangeRole(ctx, tt.by, tt.whom, tenant.Editor); !errors.Is(err, tt.want) {
			t.Errorf("%s changes a role: %v, want %v", name, err, tt.want)
		}
		if _, err := w.People.SetDisabled(ctx, tt.by, tt.whom, true); !errors.Is(err, tt.want) {
			t.Errorf("%s disables: %v, want %v", name, err, tt.want)
		}
	}
	for _, p := range []struct {
		of tenant.Tenant
		id tenant.UserID
	}{{acme.Tenant, acme.Viewer.ID}, {globex.Tenant, globex.Viewer.ID}} {
		account, err := w.Directory(t, p.of).GetUser(ctx, p.id.String())
		if err != nil || account.Disabled {
			t.Errorf("%s is disabled, %v", p.id, err)
		}
	}
}

// Sign-ins and changes of role at once: a token handed out either stands with the role that is true
// in the end, or does not stand.
func TestNoTokenOutlivesARoleChange(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	acme := w.Acme
	roles := []tenant.Role{tenant.Viewer, tenant.Admin, tenant.Editor, tenant.Viewer}
	var mu sync.Mutex
	var handed []sessioncookie.Tokens
	var wg sync.WaitGroup
	stop := make(chan struct{})
	end := sync.OnceFunc(func() {
		close(stop)
		wg.Wait()
	})
	defer end()
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				tokens, err := w.Services.SignIn.SignInWithPassword(ctx, acme.Tenant, acme.Editor.Email, acme.Editor.Password)
				if errors.Is(err, identityplatform.ErrUnavailable) || errors.Is(err, tenant.ErrUnauthenticated) {
					continue // it kept changing
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				handed = append(handed, tokens)
				mu.Unlock()
			}
		})
	}
	for _, role := range roles {
		if _, err := w.People.ChangeRole(ctx, w.Grant(t, acme.Admin), acme.Editor.ID, role); err != nil {
			t.Fatal(err)
		}
		w.SignedIn(t, acme.Editor) // until some sign-in has come between
	}
	end()
	for _, tokens := range handed {
		if role := w.RoleOf(t, acme.Tenant, tokens); role != 0 && role != tenant.Viewer {
			t.Errorf("of %d tokens one stands as %v", len(handed), role)
		}
	}
}

func TestSetDisabled(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	acme := w.Acme
	tokens := w.SignedIn(t, acme.Viewer)
	if u, err := w.People.SetDisabled(ctx, w.Grant(t, acme.Admin), acme.Viewer.ID, true); err != nil || u.Status != users.Disabled {
		t.Fatalf("disable: %v, %v", u, err)
	}
	if role := w.RoleOf(t, acme.Tenant, tokens); role != 0 {
		t.Errorf("the old token still stands, as %v", role)
	}
	if _, err := w.Services.SignIn.Refresh(ctx, acme.Tenant, tokens.Refresh); !errors.Is(err, identityplatform.ErrDisabled) {
		t.Errorf("refresh: %v", err)
	}
	if _, err := w.Services.SignIn.SignInWithPassword(ctx, acme.Tenant, acme.Viewer.Email, acme.Viewer.Password); !errors.Is(err, identityplatform.ErrDisabled) {
		t.Errorf("sign in: %v", err)
	}
	if id := w.RefreshAtGoogle(t, tokens.Refresh); id != "" {
		t.Error("a refresh at Google")
	}
	if u, err := w.People.SetDisabled(ctx, w.Grant(t, acme.Admin), acme.Viewer.ID, false); err != nil || u.Status != users.Active {
		t.Fatalf("enable: %v, %v", u, err)
	}
	if role := w.RoleOf(t, acme.Tenant, w.SignedIn(t, acme.Viewer)); role != tenant.Viewer {
		t.Errorf("signed in again as %v", role)
	}
}

// The process dies after the record says disabled: Identity Platform does not know.
func TestHalfADisablingIsRepaired(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	acme := w.Acme
	initial := w.InitialToken(t, acme.Viewer)
	tokens := w.SignedIn(t, acme.Viewer)
	for name, call := range map[string]func() error{
		"sign in": func() error {
			_, err := w.Services.SignIn.SignInWithPassword(ctx, acme.Tenant, acme.Viewer.Email, acme.Viewer.Password)
			return err
		},
		"exchange": func() error { _, err := w.Services.SignIn.Exchange(ctx, acme.Tenant, initial); return err },
		"refresh":  func() error { _, err := w.Services.SignIn.Refresh(ctx, acme.Tenant, tokens.Refresh); return err },
	} {
		dir := w.Directory(t, acme.Tenant)
		if _, err := users.NewRepository(w.Grant(t, acme.Admin)).SetStatus(ctx, acme.Viewer.ID, users.Disabled); err != nil {
			t.Fatal(err)
		}
		if err := call(); !errors.Is(err, identityplatform.ErrDisabled) {
			t.Errorf("%s: %v", name, err)
		}
		account, err := dir.GetUser(ctx, acme.Viewer.ID.String())
		if err != nil || !account.Disabled {
			t.Errorf("%s: Identity Platform does not know, %v", name, err)
		}
		if _, err := users.NewRepository(w.Grant(t, acme.Admin)).SetStatus(ctx, acme.Viewer.ID, users.Active); err != nil {
			t.Fatal(err)
		}
		if _, err := dir.UpdateUser(ctx, acme.Viewer.ID.String(), new(firebaseauth.UserToUpdate).Disabled(false)); err != nil {
			t.Fatal(err)
		}
		tokens = w.SignedIn(t, acme.Viewer) // being disabled ended the session
	}
}

func TestAddUser(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	acme := w.Acme
	n := people.NewUser{Email: "Ann@acme.test", Name: "Ann", Password: "password-of-ann", Role: tenant.Editor}
	u, err := w.People.AddUser(ctx, w.Grant(t, acme.Admin), n)
	if err != nil {
		t.Fatal(err)
	}
	if u.Email != "ann@acme.test" || u.Role != tenant.Editor || u.Status != users.Active {
		t.Errorf("added: %+v", u)
	}
	tokens, err := w.Services.SignIn.SignInWithPassword(ctx, acme.Tenant, "ann@acme.test", n.Password)
	if err != nil || w.RoleOf(t, acme.Tenant, tokens) != tenant.Editor {
		t.Errorf("signs in: %v", err)
	}
	n.Password = "password-of-another"
	if _, err := w.People.AddUser(ctx, w.Grant(t, acme.Admin), n); !errors.Is(err, users.ErrExists) {
		t.Errorf("added again: %v", err)
	}
	if _, err := w.Services.SignIn.SignInWithPassword(ctx, acme.Tenant, "ann@acme.test", "password-of-ann"); err != nil {
		t.Errorf("the first password after that: %v", err)
	}
	if _, err := w.People.AddUser(ctx, w.Grant(t, w.Globex.Admin), n); err != nil {
		t.Errorf("the same address in another tenant: %v", err)
	}
}

func TestAddUserRefusals(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	acme := w.Acme
	admin := w.Grant(t, acme.Admin)
	good := people.NewUser{Email: "ann@acme.test", Name: "Ann", Password: "password-of-ann", Role: tenant.Editor}
	with := func(change func(*people.NewUser)) people.NewUser {
		n := good
		change(&n)
		return n
	}
	for name, tt := range map[string]struct {
		by   vending.Grant
		n    people.NewUser
		want error
	}{
		"by an editor":         {w.Grant(t, acme.Editor), good, users.ErrForbidden},
		"by a viewer":          {w.Grant(t, acme.Viewer), good, users.ErrForbidden},
		"no address":           {admin, with(func(n *people.NewUser) { n.Email = "" }), users.ErrInvalid},
		"an address and more":  {admin, with(func(n *people.NewUser) { n.Email = "Ann <ann@acme.test>" }), users.ErrInvalid},
		"no name":              {admin, with(func(n *people.NewUser) { n.Name = "" }), users.ErrInvalid},
		"a name with a return": {admin, with(func(n *people.NewUser) { n.Name = "Ann\n" }), users.ErrInvalid},
		"a short password":     {admin, with(func(n *people.NewUser) { n.Password = "passwor" }), users.ErrInvalid},
		"no role":              {admin, with(func(n *people.NewUser) { n.Role = 0 }), users.ErrInvalid},
	} {
		if _, err := w.People.AddUser(ctx, tt.by, tt.n); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
		if _, err := w.Directory(t, acme.Tenant).GetUserByEmail(ctx, "ann@acme.test"); !firebaseauth.IsUserNotFound(err) {
			t.Errorf("%s: an account was left behind: %v", name, err)
		}
	}
	if _, err := w.People.AddUser(ctx, vending.Grant{}, good); err == nil {
		t.Error("by nobody")
	}
}
