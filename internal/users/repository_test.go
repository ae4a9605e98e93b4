package users_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/firestore"
	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestRepository runs on one local cloud with two tenants, in silos and then in a pool, for
// starting it is the dear part. Each story leaves acme with the people that it found.
func TestRepository(t *testing.T) { vendingtest.EachIsolation(t, testRepository) }

func testRepository(t *testing.T, w *vendingtest.World) {
	for name, story := range map[string]func(*testing.T, *vendingtest.World){
		"everyone reads":                 everyoneReads,
		"the list comes in parts":        listComesInParts,
		"changes that are based":         changesThatAreBased,
		"another tenant's person":        foreignPerson,
		"a sign-in reads its own record": signInReadsItself,
		"an admin changes a role":        adminChangesRole,
		"who is no admin changes nobody": othersChangeNobody,
		"an admin who was one":           formerAdmin,
		"an admin whose token is older":  futureAdmin,
		"the last admin stays":           lastAdminStays,
		"two admins demote each other":   adminsDemoteEachOther,
		"adding":                         adding,
	} {
		t.Run(name, func(t *testing.T) { story(t, w) })
	}
}

func repository(t *testing.T, w *vendingtest.World, p vendingtest.Person) *users.Repository {
	t.Helper()
	return users.NewRepository(w.Grant(t, p))
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func emails(page users.Page) []string {
	var all []string
	for _, u := range page.Items {
		all = append(all, u.Email)
	}
	return all
}

func everyoneReads(t *testing.T, w *vendingtest.World) {
	for _, p := range []vendingtest.Person{w.Acme.Viewer, w.Acme.Editor, w.Acme.Admin} {
		repo := repository(t, w, p)
		page := must[users.Page](t)(repo.List(t.Context(), users.Cursor{}, 0))
		want := []string{"admin@acme.test", "editor@acme.test", "viewer@acme.test"}
		if diff := cmp.Diff(want, emails(page)); diff != "" || page.Next != (users.Cursor{}) {
			t.Errorf("%s sees (-want +got):\n%s", p.Email, diff)
		}
		got := must[users.User](t)(repo.Get(t.Context(), w.Acme.Editor.ID))
		if got.Email != "editor@acme.test" || got.Role != tenant.Editor || got.Status != users.Active || got.Created.IsZero() {
			t.Errorf("%s reads %+v", p.Email, got)
		}
	}
}

func listComesInParts(t *testing.T, w *vendingtest.World) {
	repo := repository(t, w, w.Acme.Viewer)
	for limit := 1; limit <= 4; limit++ {
		var all []string
		cursor := users.Cursor{}
		for range 10 {
			page := must[users.Page](t)(repo.List(t.Context(), cursor, limit))
			if len(page.Items) > limit {
				t.Fatalf("%d people in a part of %d", len(page.Items), limit)
			}
			all = append(all, emails(page)...)
			if page.Next == (users.Cursor{}) {
				break
			}
			cursor = must[users.Cursor](t)(users.ParseCursor(page.Next.String()))
		}
		if want := []string{"admin@acme.test", "editor@acme.test", "viewer@acme.test"}; !slices.Equal(all, want) {
			t.Errorf("in parts of %d: %v", limit, all)
		}
	}
}

// changesThatAreBased: a change that says what it is based on holds for that alone.
func changesThatAreBased(t *testing.T, w *vendingtest.World) {
	repo := repository(t, w, w.Acme.Admin)
	p := w.Acme.Viewer
	before := must[users.User](t)(repo.Get(t.Context(), p.ID))
	after := must[users.User](t)(repo.If(before.Updated).ChangeRole(t.Context(), p.ID, tenant.Editor))
	_, err := repo.If(before.Updated).ChangeRole(t.Context(), p.ID, tenant.Admin)
	wantError(t, "based on what is no more", err, tenant.ErrStale)
	if now := must[users.User](t)(repo.Get(t.Context(), p.ID)); now != after {
		t.Errorf("the refused change has left %+v", now)
	}
	must[users.User](t)(repo.If(after.Updated).ChangeRole(t.Context(), p.ID, tenant.Viewer))
}

func foreignPerson(t *testing.T, w *vendingtest.World) {
	repo := repository(t, w, w.Acme.Admin)
	for name, id := range map[string]tenant.UserID{
		"globex's": w.Globex.Viewer.ID, "nobody's": userID(t, "nobody"), "the zero": {},
	} {
		_, err := repo.Get(t.Context(), id)
		if err != users.ErrNotFound {
			t.Errorf("reading %s: %v", name, err)
		}
		if _, err = repo.ChangeRole(t.Context(), id, tenant.Viewer); err != users.ErrNotFound {
			t.Errorf("changing %s role: %v", name, err)
		}
		if _, err = repo.SetStatus(t.Context(), id, users.Disabled); err != users.ErrNotFound {
			t.Errorf("disabling %s: %v", name, err)
		}
	}
}

func signInReadsItself(t *testing.T, w *vendingtest.World) {
	g := must[vending.Grant](t)(w.Machine.Vend(t.Context(), w.SignIn(t, w.Acme.Admin)))
	repo := users.NewRepository(g)
	if u := must[users.User](t)(repo.Get(t.Context(), w.Acme.Admin.ID)); u.Role != tenant.Admin {
		t.Errorf("its own record: %+v", u)
	}
	_, err := repo.Get(t.Context(), w.Acme.Viewer.ID)
	wantError(t, "another record", err, vending.ErrDenied)
	_, err = repo.List(t.Context(), users.Cursor{}, 0)
	wantError(t, "the list", err, vending.ErrDenied)
	_, err = repo.ChangeRole(t.Context(), w.Acme.Viewer.ID, tenant.Admin)
	wantError(t, "a change", err, users.ErrForbidden)
}

func adminChangesRole(t *testing.T, w *vendingtest.World) {
	repo := repository(t, w, w.Acme.Admin)
	before := must[users.User](t)(repo.Get(t.Context(), w.Acme.Viewer.ID))
	same := must[users.User](t)(repo.ChangeRole(t.Context(), before.ID, tenant.Viewer))
	if diff := cmp.Diff(before, same, cmp.AllowUnexported(tenant.UserID{})); diff != "" {
		t.Errorf("the role that they have changes (-before +after):\n%s", diff)
	}
	after := must[users.User](t)(repo.ChangeRole(t.Context(), before.ID, tenant.Editor))
	if after.Role != tenant.Editor || !after.Updated.After(before.Updated) || after.Email != before.Email {
		t.Errorf("changed to %+v", after)
	}
	if got := must[users.User](t)(repo.Get(t.Context(), before.ID)); got != after {
		t.Errorf("kept %+v, returned %+v", got, after)
	}
	must[users.User](t)(repo.ChangeRole(t.Context(), before.ID, tenant.Viewer))
	_, err := repo.ChangeRole(t.Context(), before.ID, 0)
	wantError(t, "no role", err, users.ErrInvalid)
	_, err = repo.SetStatus(t.Context(), before.ID, "gone")
	wantError(t, "no status", err, users.ErrInvalid)
}

func othersChangeNobody(t *testing.T, w *vendingtest.World) {
	for _, p := range []vendingtest.Person{w.Acme.Viewer, w.Acme.Editor} {
		repo := repository(t, w, p)
		_, err := repo.ChangeRole(t.Context(), p.ID, tenant.Admin)
		wantError(t, p.Email+" promotes themselves", err, users.ErrForbidden)
		_, err = repo.SetStatus(t.Context(), w.Acme.Admin.ID, users.Disabled)
		wantError(t, p.Email+" disables the admin", err, users.ErrForbidden)
		_, err = repo.Add(t.Context(), users.User{ID: userID(t, "friend"), Email: "friend@acme.test", Name: "Friend", Role: tenant.Admin, Status: users.Active})
		wantError(t, p.Email+" adds a friend", err, users.ErrForbidden)
	}
}

// formerAdmin: the token of somebody who was demoted, or disabled, a moment ago still says admin.
func formerAdmin(t *testing.T, w *vendingtest.World) {
	former := w.Add(t, w.Acme, "former@acme.test", tenant.Admin)
	admin, repo := repository(t, w, w.Acme.Admin), repository(t, w, former)
	must[users.User](t)(admin.SetStatus(t.Context(), former.ID, users.Disabled))
	_, err := repo.ChangeRole(t.Context(), w.Acme.Viewer.ID, tenant.Admin)
	wantError(t, "disabled", err, users.ErrForbidden)
	must[users.User](t)(admin.ChangeRole(t.Context(), former.ID, tenant.Viewer))
	must[users.User](t)(admin.SetStatus(t.Context(), former.ID, users.Active))
	_, err = repo.ChangeRole(t.Context(), former.ID, tenant.Admin)
	wantError(t, "demoted", err, users.ErrForbidden)
	remove(t, w, former)
}

// futureAdmin: a token from before a promotion grants what it says and no more.
func futureAdmin(t *testing.T, w *vendingtest.World) {
	future := w.Add(t, w.Acme, "future@acme.test", tenant.Editor)
	repo := repository(t, w, future)
	must[users.User](t)(repository(t, w, w.Acme.Admin).ChangeRole(t.Context(), future.ID, tenant.Admin))
	_, err := repo.ChangeRole(t.Context(), w.Acme.Viewer.ID, tenant.Editor)
	wantError(t, "changing a role", err, users.ErrForbidden)
	_, err = repo.Add(t.Context(), users.User{ID: userID(t, "friend"), Email: "friend@acme.test", Name: "Friend", Role: tenant.Viewer, Status: users.Active})
	wantError(t, "adding a friend", err, users.ErrForbidden)
	remove(t, w, future)
}

func lastAdminStays(t *testing.T, w *vendingtest.World) {
	repo := repository(t, w, w.Acme.Admin)
	_, err := repo.ChangeRole(t.Context(), w.Acme.Admin.ID, tenant.Editor)
	wantError(t, "demoting the only admin", err, users.ErrLastAdmin)
	_, err = repo.SetStatus(t.Context(), w.Acme.Admin.ID, users.Disabled)
	wantError(t, "disabling the only admin", err, users.ErrLastAdmin)

	second := w.Add(t, w.Acme, "second@acme.test", tenant.Admin)
	must[users.User](t)(repo.SetStatus(t.Context(), second.ID, users.Disabled))
	_, err = repo.ChangeRole(t.Context(), w.Acme.Admin.ID, tenant.Editor)
	wantError(t, "a disabled admin counts for nothing", err, users.ErrLastAdmin)

	must[users.User](t)(repo.SetStatus(t.Context(), second.ID, users.Active))
	must[users.User](t)(repo.ChangeRole(t.Context(), w.Acme.Admin.ID, tenant.Editor))
	must[users.User](t)(repository(t, w, second).ChangeRole(t.Context(), w.Acme.Admin.ID, tenant.Admin))
	remove(t, w, second)
}

func adminsDemoteEachOther(t *testing.T, w *vendingtest.World) {
	other := w.Add(t, w.Acme, "other@acme.test", tenant.Admin)
	one, two := repository(t, w, w.Acme.Admin), repository(t, w, other)
	for round := range 10 {
		var wg sync.WaitGroup
		errs := make([]error, 2)
		wg.Go(func() { _, errs[0] = one.ChangeRole(t.Context(), other.ID, tenant.Viewer) })
		wg.Go(func() { _, errs[1] = two.ChangeRole(t.Context(), w.Acme.Admin.ID, tenant.Viewer) })
		wg.Wait()
		winner, loser := one, other
		if errs[0] != nil {
			winner, loser = two, w.Acme.Admin
			errs[0], errs[1] = errs[1], errs[0]
		}
		if errs[0] != nil || !errors.Is(errs[1], users.ErrForbidden) {
			t.Fatalf("round %d: %v", round, errs)
		}
		must[users.User](t)(winner.ChangeRole(t.Context(), loser.ID, tenant.Admin))
	}
	remove(t, w, other)
}

func adding(t *testing.T, w *vendingtest.World) {
	repo := repository(t, w, w.Acme.Admin)
	good := users.User{ID: userID(t, "new-one"), Email: "new@acme.test", Name: "Zoë New", Role: tenant.Viewer, Status: users.Active}
	added := must[users.User](t)(repo.Add(t.Context(), good))
	if got := must[users.User](t)(repo.Get(t.Context(), good.ID)); got != added || got.Created.IsZero() {
		t.Errorf("kept %+v, returned %+v", got, added)
	}
	_, err := repo.Add(t.Context(), good)
	wantError(t, "twice", err, users.ErrExists)
	for name, change := range map[string]func(*users.User){
		"no e-mail": func(u *users.User) { u.Email = "" },
		"no role":   func(u *users.User) { u.Role = 0 },
		"no status": func(u *users.User) { u.Status = "" },
		"long name": func(u *users.User) { u.Name = strings.Repeat("x", users.MaxName+1) },
	} {
		bad := good
		bad.ID = userID(t, "bad")
		change(&bad)
		_, err := repo.Add(t.Context(), bad)
		wantError(t, name, err, users.ErrInvalid)
	}
	_, err = repository(t, w, w.Globex.Admin).Get(t.Context(), good.ID)
	wantError(t, "globex reads acme's new person", err, users.ErrNotFound)
	drop(t, w, good.ID)
}

// remove takes a person's record away again; a Repository has no such method.
func remove(t *testing.T, w *vendingtest.World, p vendingtest.Person) { drop(t, w, p.ID) }

func drop(t *testing.T, w *vendingtest.World, id tenant.UserID) {
	t.Helper()
	g := w.Grant(t, w.Acme.Admin)
	ref := g.Database().Collection("users").Doc(id.String())
	gone := audit.Entry{Action: "user.remove", Kind: "user", ID: id.String()}
	err := audit.Of(g).Change(context.WithoutCancel(t.Context()), gone,
		func(_ context.Context, tx *firestore.Transaction, _ *audit.Entry) error { return tx.Delete(ref) })
	if err != nil {
		t.Fatal(err)
	}
}
