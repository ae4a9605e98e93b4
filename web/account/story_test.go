package account_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/app/apptest"
	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/mail"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// world is the house, and a worker that sends its letters.
type world struct {
	*webtest.House
	worker apptest.Worker
}

func newWorld(t *testing.T) *world {
	t.Helper()
	h := webtest.Open(t)
	return &world{h, apptest.Start(t, h.World)}
}

// letter is the newest one to the address, after the worker has done what is due.
func (w *world) letter(t *testing.T, to string) mail.Content {
	t.Helper()
	w.worker.Tick(t)
	for _, m := range w.letters(t) {
		if len(m.To) == 1 && m.To[0] == to {
			return m.Content()
		}
	}
	t.Fatalf("no letter to %s", to)
	return mail.Content{}
}

func (w *world) letters(t *testing.T) []mail.Message {
	t.Helper()
	all, err := w.Cloud.Mail().List(mail.Kept)
	must(t, err)
	return all
}

var inLetter = regexp.MustCompile(`https://app\.bulkhead\.test(/\S+)#(\S+)`)

// code is the path and the code of a letter's link.
func code(t *testing.T, c mail.Content) (path, code string) {
	t.Helper()
	m := inLetter.FindStringSubmatch(c.Text)
	if m == nil {
		t.Fatalf("no link in the letter:\n%s", c.Text)
	}
	return m[1], m[2]
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) signIn(p vendingtest.Person, password string) *httptest.ResponseRecorder {
	return w.Form("/t/"+p.Tenant.Slug.String()+"/sign-in", url.Values{"email": {p.Email}, "password": {password}})
}

func (w *world) wantIn(t *testing.T, what string, p vendingtest.Person, password string, want int) {
	t.Helper()
	if r := w.signIn(p, password); r.Code != want {
		t.Errorf("%s: signing in answers %d, want %d", what, r.Code, want)
	}
}

func TestForgottenPassword(t *testing.T) {
	w := newWorld(t)
	viewer := w.Acme.Viewer
	session := w.SignIn(t, viewer)
	ask := func(email string) *httptest.ResponseRecorder {
		return w.Form("/t/acme/password/forgotten", url.Values{"email": {email}})
	}

	t.Run("the answer is the same whoever has the address", func(t *testing.T) {
		pages := map[string]bool{}
		for _, email := range []string{viewer.Email, w.Globex.Viewer.Email, "nobody@acme.test"} {
			r := ask(email)
			webtest.WantPage(t, email, r, http.StatusOK, "a letter is on its way")
			pages[strings.ReplaceAll(r.Body.String(), email, "")] = true
		}
		if len(pages) != 1 {
			t.Errorf("%d different answers", len(pages))
		}
	})
	letter := w.letter(t, viewer.Email)
	path, secret := code(t, letter)
	t.Run("only who is there gets a letter", func(t *testing.T) {
		if all := w.letters(t); len(all) != 1 {
			t.Errorf("%d letters, want one", len(all))
		}
	})
	t.Run("asking again in the same minutes sends nothing more", func(t *testing.T) {
		webtest.WantPage(t, "again", ask(viewer.Email), http.StatusOK, "a letter is on its way")
		w.worker.Tick(t)
		if all := w.letters(t); len(all) > 2 {
			t.Errorf("%d letters, want one, or two where five minutes ended between them", len(all))
		}
	})
	set := func(tenant, code, password string) *httptest.ResponseRecorder {
		return w.Form("/t/"+tenant+"/password/new", url.Values{"code": {code}, "password": {password}})
	}
	t.Run("the link leads to a page that uses nothing up", func(t *testing.T) {
		if path != "/t/acme/password/new" {
			t.Fatalf("the letter leads to %s", path)
		}
		for range 2 {
			webtest.WantPage(t, "the letter's page", w.Call("GET", path, ""), http.StatusOK, "Choose a new password")
		}
	})
	t.Run("a weak password is refused, and the code stays good", func(t *testing.T) {
		webtest.WantPage(t, "seven characters", set("acme", secret, "1234567"), http.StatusUnprocessableEntity, "at least eight")
	})
	t.Run("another tenant's page does not take it", func(t *testing.T) {
		webtest.WantPage(t, "acme's code at globex", set("globex", secret, "a new one, long"), http.StatusBadRequest, "too old")
	})
	t.Run("made-up code", func(t *testing.T) {
		webtest.WantPage(t, "a guess", set("acme", "guess", "a new one, long"), http.StatusBadRequest, "too old")
	})
	t.Run("it sets the password and ends every session", func(t *testing.T) {
		r := set("acme", secret, "a new one, long")
		webtest.WantRedirect(t, "the code", r, "/t/acme/sign-in?notice=password-set")
		w.wantIn(t, "the old password", viewer, viewer.Password, http.StatusUnauthorized)
		w.wantIn(t, "the new password", viewer, "a new one, long", http.StatusSeeOther)
		if r := w.Call("GET", "/t/acme/files", "", session); r.Code != http.StatusSeeOther {
			t.Errorf("a session from before answers %d", r.Code)
		}
	})
	t.Run("once", func(t *testing.T) {
		webtest.WantPage(t, "the code again", set("acme", secret, "another, longer"), http.StatusBadRequest, "was used")
		w.wantIn(t, "the new password", viewer, "a new one, long", http.StatusSeeOther)
	})
	t.Run("the person is told", func(t *testing.T) {
		if c := w.letter(t, viewer.Email); !strings.Contains(c.Text, "set anew") {
			t.Errorf("the letter says %q", c.Text)
		}
	})
}

func TestForgottenTooLate(t *testing.T) {
	w := newWorld(t)
	webtest.WantPage(t, "asking", w.Form("/t/acme/password/forgotten", url.Values{"email": {w.Acme.Viewer.Email}}), 200, "on its way")
	_, secret := code(t, w.letter(t, w.Acme.Viewer.Email))
	w.Cloud.Clock().Advance(61 * time.Minute)
	r := w.Form("/t/acme/password/new", url.Values{"code": {secret}, "password": {"a new one, long"}})
	webtest.WantPage(t, "a code of an hour ago", r, http.StatusBadRequest, "too old")
	if err := w.Account.Reset(t.Context(), w.Acme.Tenant, secret, "a new one, long"); !errors.Is(err, identityplatform.ErrCode) {
		t.Errorf("the service takes it: %v", err)
	}
}

// TestDisabledPeopleGetNoLetter but the one that says that they are disabled.
func TestDisabledPeopleGetNoLetter(t *testing.T) {
	w := newWorld(t)
	disable := func(to bool) {
		t.Helper()
		_, err := w.People.SetDisabled(context.WithoutCancel(t.Context()), w.Grant(t, w.Acme.Admin), w.Acme.Viewer.ID, to)
		must(t, err)
	}
	disable(true)
	disable(true) // which changes nothing, and is not told
	webtest.WantPage(t, "asking", w.Form("/t/acme/password/forgotten", url.Values{"email": {w.Acme.Viewer.Email}}), 200, "on its way")
	w.worker.Tick(t)
	if all := w.letters(t); len(all) != 1 || !strings.Contains(all[0].Content().Text, "has disabled your account") {
		t.Errorf("a disabled person got %d letters: %+v", len(all), all)
	}
	disable(false)
	if c := w.letter(t, w.Acme.Viewer.Email); !strings.Contains(c.Text, "has enabled your account again") {
		t.Errorf("enabled again: %s", c.Text)
	}
}

func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	viewer := w.Acme.Viewer
	session, other := w.SignIn(t, viewer), w.SignIn(t, viewer)
	change := func(present, password string) *httptest.ResponseRecorder {
		return w.Form("/t/acme/account/password", url.Values{"current-password": {present}, "password": {password}}, session)
	}
	webtest.WantPage(t, "the page", w.Call("GET", "/t/acme/account", "", session), http.StatusOK, "Your account")
	webtest.WantPage(t, "a wrong one", change("wrong", "a new one, long"), http.StatusUnprocessableEntity, "current password is not right")
	webtest.WantPage(t, "a weak one", change(viewer.Password, "short"), http.StatusUnprocessableEntity, "at least eight")
	w.wantIn(t, "the old password", viewer, viewer.Password, http.StatusSeeOther)

	r := change(viewer.Password, "a new one, long")
	webtest.WantRedirect(t, "the change", r, "/t/acme/account?notice=password-changed")
	if cookie := r.Header().Get("Set-Cookie"); !strings.HasPrefix(cookie, "__Host-bh-acme=") {
		t.Errorf("no session of the browser that made the change: %q", cookie)
	}
	for what, s := range map[string]func(*http.Request){"the session that made the change": session, "another": other} {
		if r := w.Call("GET", "/t/acme/files", "", s); r.Code != http.StatusSeeOther {
			t.Errorf("%s answers %d", what, r.Code)
		}
	}
	w.wantIn(t, "the old password", viewer, viewer.Password, http.StatusUnauthorized)
	w.wantIn(t, "the new password", viewer, "a new one, long", http.StatusSeeOther)
	if c := w.letter(t, viewer.Email); !strings.Contains(c.Text, "Your password was changed") {
		t.Errorf("the letter says %q", c.Text)
	}
}

func TestChangeAddress(t *testing.T) {
	w := newWorld(t)
	viewer := w.Acme.Viewer
	session := w.SignIn(t, viewer)
	ask := func(present, email string) *httptest.ResponseRecorder {
		return w.Form("/t/acme/account/address", url.Values{"current-password": {present}, "email": {email}}, session)
	}
	webtest.WantPage(t, "a wrong password", ask("wrong", "new@acme.test"), http.StatusUnprocessableEntity, "current password is not right")
	webtest.WantPage(t, "no address", ask(viewer.Password, "new"), http.StatusUnprocessableEntity, "no e-mail address")
	webtest.WantRedirect(t, "an address of somebody", ask(viewer.Password, w.Acme.Editor.Email), "/t/acme/account?notice=address-asked")
	w.worker.Tick(t)
	if all := w.letters(t); len(all) != 0 {
		t.Fatalf("whoever has the address already gets %d letters", len(all))
	}
	webtest.WantRedirect(t, "a new one", ask(viewer.Password, "New@acme.test"), "/t/acme/account?notice=address-asked")
	path, secret := code(t, w.letter(t, "new@acme.test"))
	w.wantIn(t, "the old address, not confirmed", viewer, viewer.Password, http.StatusSeeOther)

	confirm := func(tenant, code string) *httptest.ResponseRecorder {
		return w.Form("/t/"+tenant+"/address/confirm", url.Values{"code": {code}})
	}
	if path != "/t/acme/address/confirm" {
		t.Fatalf("the letter leads to %s", path)
	}
	webtest.WantPage(t, "the letter's page", w.Call("GET", path, ""), http.StatusOK, "Confirm your address")
	webtest.WantPage(t, "at another tenant", confirm("globex", secret), http.StatusBadRequest, "too old")
	webtest.WantPage(t, "a guess", confirm("acme", "guess"), http.StatusBadRequest, "too old")
	webtest.WantRedirect(t, "the code", confirm("acme", secret), "/t/acme/sign-in?notice=address-changed")
	webtest.WantPage(t, "twice", confirm("acme", secret), http.StatusBadRequest, "was used")

	moved := viewer
	moved.Email = "new@acme.test"
	w.wantIn(t, "the new address", moved, viewer.Password, http.StatusSeeOther)
	w.wantIn(t, "the old address", viewer, viewer.Password, http.StatusUnauthorized)
	if r := w.Call("GET", "/t/acme/files", "", session); r.Code != http.StatusSeeOther {
		t.Errorf("a session from before answers %d", r.Code)
	}
	if c := w.letter(t, viewer.Email); !strings.Contains(c.Text, "another e-mail address") {
		t.Errorf("the old address is told %q", c.Text)
	}
	webtest.WantPage(t, "the list", w.Call("GET", "/t/acme/people", "", w.SignIn(t, w.Acme.Admin)), http.StatusOK, "new@acme.test")
}

func TestEraseOwnAccount(t *testing.T) {
	w := newWorld(t)
	admin, viewer := w.Acme.Admin, w.Acme.Viewer
	erase := func(session func(*http.Request), present string) *httptest.ResponseRecorder {
		return w.Form("/t/acme/account/erase", url.Values{"current-password": {present}}, session)
	}
	t.Run("the last admin stays", func(t *testing.T) {
		session := w.SignIn(t, admin)
		webtest.WantPage(t, "the question", w.Call("GET", "/t/acme/account/erase", "", session), http.StatusOK, "cannot be undone")
		webtest.WantPage(t, "the last admin", erase(session, admin.Password), http.StatusConflict, "at least one active admin")
		w.wantIn(t, "the admin", admin, admin.Password, http.StatusSeeOther)
	})
	session := w.SignIn(t, viewer)
	webtest.WantPage(t, "a wrong password", erase(session, "wrong"), http.StatusUnprocessableEntity, "not right")
	webtest.WantRedirect(t, "the viewer", erase(session, viewer.Password), "/t/acme/sign-in?notice=account-erased")
	w.wantIn(t, "whoever was the viewer", viewer, viewer.Password, http.StatusUnauthorized)
	if r := w.Call("GET", "/t/acme/files", "", session); r.Code != http.StatusSeeOther {
		t.Errorf("a session from before answers %d", r.Code)
	}
	if c := w.letter(t, viewer.Email); !strings.Contains(c.Text, "erased") {
		t.Errorf("the letter says %q", c.Text)
	}
	if page := w.Call("GET", "/t/acme/people", "", w.SignIn(t, admin)).Body.String(); strings.Contains(page, viewer.Email) {
		t.Error("the list still has the viewer")
	}
}

// TestErasureLeavesNothingOfThePerson: what is named after whoever erases themselves is deleted,
// and so is what another process notes meanwhile of a session that it takes for one that goes on.
func TestErasureLeavesNothingOfThePerson(t *testing.T) {
	w := newWorld(t)
	viewer := w.Acme.Viewer
	db, err := firestore.NewClientWithDatabase(t.Context(), localcloudtest.Project, w.Acme.Database, localcloudtest.GRPC(w.Cloud, w.Cloud.OwnerKey())...)
	must(t, err)
	defer db.Close()
	named := func() (paths []string) {
		all := db.Collections(t.Context())
		for {
			c, err := all.Next()
			if err == iterator.Done {
				return paths
			}
			must(t, err)
			doc, err := c.Doc(viewer.ID.String()).Get(t.Context())
			if doc != nil && doc.Exists() {
				paths = append(paths, c.ID)
			} else if status.Code(err) != codes.NotFound {
				t.Fatal(err)
			}
		}
	}
	for _, collection := range []string{"profiles", "sessions"} {
		_, err := db.Collection(collection).Doc(viewer.ID.String()).Set(t.Context(), map[string]any{})
		must(t, err)
	}
	g := w.GrantBy(t, viewer, authpolicy.WithPassword())
	app, err := w.Factors.BeginApp(t.Context(), g)
	must(t, err)
	code, err := secondfactor.Code(app.Secret, time.Now())
	must(t, err)
	_, err = w.Factors.AddFactor(t.Context(), g, mfa.FactorAnswer{Code: code, State: app.State})
	must(t, err)
	bearer := webtest.WithKey(w.TokenProven(t, viewer, authpolicy.WithPassword(), authpolicy.ByCode()), "acme")
	if diff := cmp.Diff([]string{"factors", "profiles", "sessions", "users"}, named()); diff != "" {
		t.Fatalf("before: (-want +got)\n%s", diff)
	}
	if r := w.Call("POST", "/api/v1/account/erasure", `{"currentPassword":"`+viewer.Password+`"}`, bearer); r.Code != http.StatusNoContent {
		t.Fatalf("the viewer: %d %s", r.Code, r.Body)
	}
	if left := named(); left != nil {
		t.Errorf("after the erasure there are %v", left)
	}
	_, err = db.Collection("sessions").Doc(viewer.ID.String()).Set(t.Context(), map[string]any{})
	must(t, err)
	waiting, err := w.Queue.List(t.Context(), jobs.Due, "", 0)
	must(t, err)
	for _, j := range waiting.Jobs {
		if j.Kind == people.FollowKind {
			must(t, w.Queue.Hurry(t.Context(), j.ID))
		}
	}
	w.worker.Tick(t)
	if left := named(); left != nil {
		t.Errorf("after the job there are %v", left)
	}
}
