package web_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	firebaseauth "firebase.google.com/go/v4/auth"
	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// signingInAgain: the session that a new one replaces ends, for nobody could ever sign out of it. A
// session elsewhere goes on, and so does the old one when the password was wrong.
func signingInAgain(t *testing.T, h *webtest.House) {
	p := h.Add(t, h.Acme, "again@acme.test", tenant.Viewer)
	o := h.AddOperator(t, "again@bulkhead.test")
	elsewhere := h.SignIn(t, p)
	sleepIntoNextSecond() // two sessions of one second are one
	for who, tt := range map[string]struct {
		form, page, password string
		email                string
		cookie               func(*http.Request)
	}{
		"a person":    {"/t/acme/sign-in", "/t/acme/files", p.Password, p.Email, h.SignIn(t, p)},
		"an operator": {"/operator/sign-in", "/operator", o.Password, o.Email, h.SignInOperator(t, o)},
	} {
		wrong := h.Form(tt.form, url.Values{"email": {tt.email}, "password": {"not-the-password"}}, tt.cookie)
		if wrong.Code != http.StatusUnauthorized {
			t.Errorf("%s, a wrong password: %d", who, wrong.Code)
		}
		if w := h.Call("GET", tt.page, "", tt.cookie); w.Code != 200 {
			t.Errorf("%s, a wrong password ended the session: %d", who, w.Code)
		}
		w := h.Form(tt.form, url.Values{"email": {tt.email}, "password": {tt.password}}, tt.cookie)
		cookies := w.Result().Cookies()
		if w.Code != 303 || len(cookies) != 1 {
			t.Fatalf("%s signs in again: %d, cookies %v, %.300s", who, w.Code, cookies, w.Body)
		}
		fresh := webtest.Header("Cookie", cookies[0].Name+"="+cookies[0].Value)
		if who == "an operator" {
			if w := h.Call("GET", tt.page, "", fresh); w.Code != 303 {
				t.Errorf("%s gets in without the second factor: %d", who, w.Code)
			}
			h.GiveApp(t, o)
			fresh = h.ProveOperator(t, cookies)
		}
		if w := h.Call("GET", tt.page, "", tt.cookie); w.Code != 303 {
			t.Errorf("%s, the replaced session goes on: %d", who, w.Code)
		}
		if w := h.Call("GET", tt.page, "", fresh); w.Code != 200 {
			t.Errorf("%s, the new session: %d", who, w.Code)
		}
	}
	if w := h.Call("GET", "/t/acme/files", "", elsewhere); w.Code != 200 {
		t.Errorf("the session elsewhere: %d", w.Code)
	}

	// An end that cannot be written keeps nobody out.
	cookie := h.SignIn(t, p)
	unwritten := h.Cloud.Faults().Add(fault.Rule{
		Method: "/google.firestore.v1.Firestore/Commit", Resource: "projects/" + vendingtest.Project + "/databases/platform", Code: codes.PermissionDenied,
	})
	w := h.Form("/t/acme/sign-in", url.Values{"email": {p.Email}, "password": {p.Password}}, cookie)
	unwritten.Remove()
	if w.Code != 303 || len(w.Result().Cookies()) != 1 {
		t.Errorf("while no end can be written: %d, cookies %v", w.Code, w.Result().Cookies())
	}
}

func sleepIntoNextSecond() { time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) }

// newPassword: after a new password, whoever set it, no session of the old one can be refreshed.
func newPassword(t *testing.T, h *webtest.House) {
	p := h.Add(t, h.Acme, "password@acme.test", tenant.Viewer)
	tokens, err := h.Services.SignIn.SignInWithPassword(t.Context(), p.Tenant, p.Email, p.Password)
	if err != nil {
		t.Fatal(err)
	}
	tokens.Expires = time.Now() // so that the next request refreshes it
	cookie := h.Seal(t, p, sessioncookie.Session{Tokens: tokens, Created: time.Now(), Seen: time.Now()})
	webtest.WantPage(t, "before", h.Call("GET", "/t/acme/files", "", cookie), 200, "")
	dir, err := h.Web.Identity().TenantManager.AuthForTenant(p.Tenant.IdentityTenant)
	if err != nil {
		t.Fatal(err)
	}
	sleepIntoNextSecond() // a reset ends what began in an earlier second
	if _, err := dir.UpdateUser(t.Context(), p.ID.String(), new(firebaseauth.UserToUpdate).Password("another-password")); err != nil {
		t.Fatal(err)
	}
	webtest.WantRedirect(t, "after a new password", h.Call("GET", "/t/acme/files", "", cookie), "/t/acme/sign-in?notice=session-over")
}
