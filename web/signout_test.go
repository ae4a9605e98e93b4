package web_test

import (
	"net/http"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// Whoever is told that they have signed out has. If the end of the session cannot be written, or
// the workspace not be looked up, the answer is 503 and the browser keeps its session, to try
// again.
//
// Each answer comes after the clients of Google have given up, so the test has a house of its own
// and waits beside TestHouse.
func TestSigningOutInAnOutage(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	p := h.Add(t, h.Acme, "leaves@acme.test", tenant.Viewer)
	o := h.AddOperator(t, "leaves@bulkhead.test")
	platform := "projects/" + vendingtest.Project + "/databases/platform"
	away := fault.Rule{Resource: platform, Code: codes.Unavailable}
	unwritten := fault.Rule{Method: "/google.firestore.v1.Firestore/Commit", Resource: platform, Code: codes.Unavailable}
	for name, rule := range map[string]fault.Rule{"the control plane is away": away, "it takes no writes": unwritten} {
		for _, tt := range []struct {
			who, page, form, signIn string
			cookie                  func(*testing.T) func(*http.Request)
		}{
			{"a person", "/t/acme/files", "/t/acme/sign-out", "/t/acme/sign-in", func(t *testing.T) func(*http.Request) { return h.SignIn(t, p) }},
			{"an operator", "/operator", "/operator/sign-out", "/operator/sign-in", func(t *testing.T) func(*http.Request) { return h.SignInOperator(t, o) }},
		} {
			what := tt.who + ", " + name
			cookie := tt.cookie(t)
			h.Forget() // a process that has just started has no memory of the workspaces
			fresh := *h
			fresh.Handler = h.Site(t, webtest.Unlimited)
			struck := h.Cloud.Faults().Add(rule)
			w := fresh.Form(tt.form, nil, cookie)
			struck.Remove()
			if w.Code != 503 || len(w.Result().Cookies()) != 0 {
				t.Errorf("%s: %d, cookies %v", what, w.Code, w.Result().Cookies())
			}
			webtest.WantRedirect(t, what+", again", fresh.Form(tt.form, nil, cookie), tt.signIn+"?notice=signed-out")
			if w := fresh.Call("GET", tt.page, "", cookie); w.Code != 303 {
				t.Errorf("%s: the session lives on: %d", what, w.Code)
			}
		}
	}
}

// signingOutNeedsNoRefresh: a session whose ID token is near its end, or over it, is ended while
// Identity Platform is away.
func signingOutNeedsNoRefresh(t *testing.T, h *webtest.House) {
	p := h.Add(t, h.Acme, "late@acme.test", tenant.Viewer)
	tokens, err := h.Services.SignIn.SignInWithPassword(t.Context(), p.Tenant, p.Email, p.Password)
	if err != nil {
		t.Fatal(err)
	}
	tokens.Expires = time.Now()
	cookie := h.Seal(t, p, sessioncookie.Session{Tokens: tokens, Created: time.Now(), Seen: time.Now()})
	away := h.Cloud.Faults().Add(fault.Rule{Method: "POST /v1/token", Code: codes.Unavailable})
	w := h.Form("/t/acme/sign-out", nil, cookie)
	away.Remove()
	webtest.WantRedirect(t, "signing out", w, "/t/acme/sign-in?notice=signed-out")
	webtest.WantRedirect(t, "afterwards", h.Call("GET", "/t/acme/files", "", cookie), "/t/acme/sign-in?notice=session-over")
}
