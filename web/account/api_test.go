package account_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// TestLettersOverTheAPI: a program does for somebody who has forgotten their password what the
// pages do, and tells a stranger as little.
func TestLettersOverTheAPI(t *testing.T) {
	w := newWorld(t)
	viewer := w.Acme.Viewer
	call := func(tenant, path, body string) *httptest.ResponseRecorder {
		return w.Call("POST", "/api/v1"+path, body, webtest.Header("X-TenantId", tenant), webtest.Header("Content-Type", "application/json"))
	}
	for _, email := range []string{viewer.Email, w.Globex.Viewer.Email, "nobody@acme.test"} {
		if r := call("acme", "/password-letters", `{"email":"`+email+`"}`); r.Code != http.StatusNoContent || r.Body.Len() > 0 {
			t.Errorf("%s: %d %s", email, r.Code, r.Body)
		}
	}
	webtest.WantProblem(t, "no address", call("acme", "/password-letters", `{"email":"viewer"}`), 422, "invalid")
	_, secret := code(t, w.letter(t, viewer.Email))
	set := func(tenant, code, password string) *httptest.ResponseRecorder {
		return call(tenant, "/passwords", `{"code":"`+code+`","password":"`+password+`"}`)
	}
	webtest.WantProblem(t, "a weak password", set("acme", secret, "1234567"), 422, "weak_password")
	webtest.WantProblem(t, "acme's code at globex", set("globex", secret, "a new one, long"), 400, "code")
	webtest.WantProblem(t, "no code", set("acme", "", "a new one, long"), 400, "code")
	webtest.WantProblem(t, "a guess", set("acme", "guess", "a new one, long"), 400, "code")
	if r := set("acme", secret, "a new one, long"); r.Code != http.StatusNoContent {
		t.Errorf("the code: %d %s", r.Code, r.Body)
	}
	w.wantIn(t, "the new password", viewer, "a new one, long", http.StatusSeeOther)
	webtest.WantProblem(t, "the code again", set("acme", secret, "another, longer"), 400, "code")
	webtest.WantProblem(t, "a code for a new address that is none", call("acme", "/addresses", `{"code":"guess"}`), 400, "code")
}
