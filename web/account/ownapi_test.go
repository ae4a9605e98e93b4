package account_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// at is what a program of somebody's sends with an ID token.
func at(token, tenant string) func(*http.Request) { return webtest.WithKey(token, tenant) }

// exchange signs a person in over the API.
func (w *world) exchange(t *testing.T, p vendingtest.Person, password string) func(*http.Request) {
	t.Helper()
	r := w.Call("POST", "/api/v1/token", `{"email":"`+p.Email+`","password":"`+password+`"}`,
		webtest.Header("X-TenantId", p.Tenant.Slug.String()), webtest.Header("Content-Type", "application/json"))
	return at(webtest.Read[struct{ IDToken string }](t, r, 200).IDToken, p.Tenant.Slug.String())
}

type ownAccount struct {
	ID, Email, Role string
	Password        bool
}

// TestOwnAccountOverTheAPI: with the ID token of their own sign-in, people do over the API what
// they do on their account's page, by the same rules.
func TestOwnAccountOverTheAPI(t *testing.T) {
	w := newWorld(t)
	viewer := w.Acme.Viewer
	bearer, other, browser := w.exchange(t, viewer, viewer.Password), w.exchange(t, viewer, viewer.Password), w.SignIn(t, viewer)
	seen := w.Call("GET", "/api/v1/account", "", bearer)
	if got := webtest.Read[ownAccount](t, seen, 200); got != (ownAccount{viewer.ID.String(), viewer.Email, "viewer", true}) || seen.Header().Get("ETag") == "" {
		t.Errorf("the account: %+v, %v", got, seen.Header())
	}
	theirs := w.exchange(t, w.Globex.Viewer, w.Globex.Viewer.Password)
	if got := webtest.Read[ownAccount](t, w.Call("GET", "/api/v1/account", "", theirs), 200); got.Email != w.Globex.Viewer.Email {
		t.Errorf("globex's viewer is shown %+v", got)
	}

	t.Run("address", func(t *testing.T) {
		ask := func(present, email string) *httptest.ResponseRecorder {
			return w.Call("POST", "/api/v1/account/address-letters", `{"currentPassword":"`+present+`","email":"`+email+`"}`, bearer)
		}
		webtest.WantProblem(t, "a wrong password", ask("wrong", "new@acme.test"), 422, "wrong_password")
		webtest.WantProblem(t, "another's password", ask(w.Acme.Editor.Password+"x", "new@acme.test"), 422, "wrong_password")
		webtest.WantProblem(t, "no address", ask(viewer.Password, "new"), 422, "invalid")
		w.worker.Tick(t)
		if all := w.letters(t); len(all) != 0 {
			t.Errorf("%d letters by now", len(all))
		}
		if r := ask(viewer.Password, "new@acme.test"); r.Code != http.StatusNoContent {
			t.Fatalf("asking: %d %s", r.Code, r.Body)
		}
		if path, secret := code(t, w.letter(t, "new@acme.test")); path != "/t/acme/address/confirm" || secret == "" {
			t.Errorf("the letter leads to %s", path)
		}
		w.wantIn(t, "the address of before, which nobody has confirmed", viewer, viewer.Password, http.StatusSeeOther)
	})

	change := func(as func(*http.Request), present, password string) *httptest.ResponseRecorder {
		return w.Call("PUT", "/api/v1/account/password", `{"currentPassword":"`+present+`","password":"`+password+`"}`, as)
	}
	webtest.WantProblem(t, "a wrong password", change(bearer, "wrong", "a new one, long"), 422, "wrong_password")
	webtest.WantProblem(t, "a weak one", change(bearer, viewer.Password, "short"), 422, "weak_password")
	webtest.WantProblem(t, "none", w.Call("PUT", "/api/v1/account/password", `{"password":"a new one, long"}`, bearer), 422, "invalid")
	w.wantIn(t, "the old password", viewer, viewer.Password, http.StatusSeeOther)
	r := change(bearer, viewer.Password, "a new one, long")
	got := webtest.Read[struct{ IDToken, RefreshToken, TokenType string }](t, r, 200)
	if got.RefreshToken == "" || got.TokenType != "Bearer" {
		t.Errorf("the answer: %s", r.Body)
	}
	webtest.Read[ownAccount](t, w.Call("GET", "/api/v1/account", "", at(got.IDToken, "acme")), 200)
	for what, as := range map[string]func(*http.Request){"the token that asked": bearer, "another": other} {
		webtest.WantProblem(t, what, w.Call("GET", "/api/v1/account", "", as), 401, "unauthenticated")
	}
	if r := w.Call("GET", "/t/acme/files", "", browser); r.Code != http.StatusSeeOther {
		t.Errorf("a browser's session answers %d", r.Code)
	}
	w.wantIn(t, "the old password", viewer, viewer.Password, http.StatusUnauthorized)
	w.wantIn(t, "the new password", viewer, "a new one, long", http.StatusSeeOther)
	if c := w.letter(t, viewer.Email); !strings.Contains(c.Text, "Your password was changed") {
		t.Errorf("the letter says %q", c.Text)
	}
}

// TestEraseOwnAccountOverTheAPI: with the present password, and a sign-in of the last ten minutes.
// The last admin stays.
func TestEraseOwnAccountOverTheAPI(t *testing.T) {
	w := newWorld(t)
	admin, viewer := w.Acme.Admin, w.Acme.Viewer
	erase := func(as func(*http.Request), present string) *httptest.ResponseRecorder {
		return w.Call("POST", "/api/v1/account/erasure", `{"currentPassword":"`+present+`"}`, as)
	}
	webtest.WantProblem(t, "the last admin", erase(w.exchange(t, admin, admin.Password), admin.Password), 409, "last_admin")
	w.wantIn(t, "the admin", admin, admin.Password, http.StatusSeeOther)

	bearer := w.exchange(t, viewer, viewer.Password)
	later := w.SiteAt(t, func() time.Time { return time.Now().Add(11 * time.Minute) })
	old := webtest.Call(later, "POST", "/api/v1/account/erasure", `{"currentPassword":"`+viewer.Password+`"}`, bearer)
	webtest.WantProblem(t, "a sign-in of eleven minutes ago", old, 401, "reauthentication_required")
	if said := old.Header().Get("WWW-Authenticate"); !strings.Contains(said, "insufficient_user_authentication") {
		t.Errorf("it is told %q", said)
	}
	webtest.WantProblem(t, "a wrong password", erase(bearer, "wrong"), 422, "wrong_password")
	webtest.WantProblem(t, "no password", w.Call("POST", "/api/v1/account/erasure", `{}`, bearer), 422, "wrong_password")
	w.wantIn(t, "the viewer, so far", viewer, viewer.Password, http.StatusSeeOther)
	if r := erase(bearer, viewer.Password); r.Code != http.StatusNoContent {
		t.Fatalf("the viewer: %d %s", r.Code, r.Body)
	}
	w.wantIn(t, "whoever was the viewer", viewer, viewer.Password, http.StatusUnauthorized)
	webtest.WantProblem(t, "their token", w.Call("GET", "/api/v1/account", "", bearer), 401, "unauthenticated")
	if c := w.letter(t, viewer.Email); !strings.Contains(c.Text, "erased") {
		t.Errorf("the letter says %q", c.Text)
	}
	if page := w.Call("GET", "/t/acme/people", "", w.SignIn(t, admin)).Body.String(); strings.Contains(page, viewer.Email) {
		t.Error("the list still has the viewer")
	}
}
