package web_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// foreignTenant calls every guarded route with the credential of acme's admin for globex: whether
// globex is, is not, or is called by its identifier, the answer is one.
func foreignTenant(t *testing.T, h *webtest.House) {
	cookie, bearer := h.SignIn(t, h.Acme.Admin), h.Bearer(t, h.Acme.Admin, "acme")
	for _, r := range web.Routes() {
		if r.Policy == door.Public || r.Policy == door.Operators { // see operators
			continue
		}
		target := strings.Replace(address(r), "/t/acme/", "/t/globex/", 1)
		if r.Policy == door.Session {
			w := h.Call(r.Method, target, "", cookie)
			if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/t/globex/sign-in") {
				t.Errorf("%s %s: %d %s", r.Method, target, w.Code, w.Header().Get("Location"))
			}
			continue
		}
		var bodies []string
		for _, tenant := range []string{"globex", h.Globex.ID.String(), "nowhere", "tn-0000000000"} {
			w := h.Call(r.Method, target, "{}", bearer, webtest.Header("X-TenantId", tenant))
			webtest.WantProblem(t, r.Method+" "+target+" for "+tenant, w, 403, "tenant_denied")
			bodies = append(bodies, withoutRequestID(w.Body.String()))
		}
		if len(slices.Compact(bodies)) != 1 {
			t.Errorf("%s %s tells tenants apart: %v", r.Method, target, bodies)
		}
	}
}

var requestID = regexp.MustCompile(`"requestId":"[^"]*"`)

func withoutRequestID(s string) string { return requestID.ReplaceAllString(s, "") }

// tooLowARole calls every route with each role, those that have its permission and those that do
// not.
func tooLowARole(t *testing.T, h *webtest.House) {
	people := map[tenant.Role]vendingtest.Person{tenant.Viewer: h.Acme.Viewer, tenant.Editor: h.Acme.Editor, tenant.Admin: h.Acme.Admin}
	tried := 0
	for role, p := range people {
		cookie, bearer := h.SignIn(t, p), h.Bearer(t, p, "acme")
		for _, r := range web.Routes() {
			if r.Policy == door.Public || r.Policy == door.Operators { // see operators
				continue
			}
			credential, accept := bearer, webtest.Header("Accept", "application/json")
			if r.Policy == door.Session {
				credential = cookie
			}
			w := h.Call(r.Method, address(r), "{}", credential, accept)
			if r.Policy == door.APIKey { // whatever the role: it takes keys alone
				tried++
				webtest.WantProblem(t, r.Method+" "+r.Path+" with a token of "+role.String(), w, 403, "credential_refused")
			} else if !role.May(r.Permission) {
				tried++
				webtest.WantProblem(t, r.Method+" "+r.Path+" as "+role.String(), w, 403, "forbidden")
			} else if w.Code == http.StatusForbidden || w.Code == http.StatusUnauthorized || w.Code >= 500 {
				t.Errorf("%s %s as %s: %d %s", r.Method, r.Path, role, w.Code, w.Body)
			}
		}
	}
	if tried < 10 {
		t.Errorf("only %d refusals tried", tried)
	}
}

// otherSelectors: what looks like a choice of tenant and is none changes nothing.
func otherSelectors(t *testing.T, h *webtest.House) {
	bearer := h.Bearer(t, h.Acme.Viewer, "acme")
	plain := h.Call("GET", "/api/v1/users", "", bearer).Body.String()
	for name, edit := range map[string]func(*http.Request){
		"query":            func(r *http.Request) { r.URL.RawQuery = "tenant=globex&tn=" + h.Globex.ID.String() },
		"cookie":           webtest.Header("Cookie", "tenant=globex"),
		"X-Forwarded-Host": webtest.Header("X-Forwarded-Host", "globex.app.test"),
		"Forwarded":        webtest.Header("Forwarded", "host=globex.app.test"),
		"X-Tenant":         webtest.Header("X-Tenant", "globex"),
		"X-Original-URL":   webtest.Header("X-Original-URL", "/t/globex/files"),
	} {
		if diff := cmp.Diff(plain, h.Call("GET", "/api/v1/users", "", bearer, edit).Body.String()); diff != "" {
			t.Errorf("%s changes the answer:\n%s", name, diff)
		}
	}
	stripped := func(r *http.Request) { r.Header.Del("X-TenantId") }
	webtest.WantProblem(t, "a selector that a proxy stripped", h.Call("GET", "/api/v1/users", "", bearer, stripped), 400, "malformed")
	twice := func(r *http.Request) { r.Header.Add("X-TenantId", "globex") }
	webtest.WantProblem(t, "a second selector", h.Call("GET", "/api/v1/users", "", bearer, twice), 400, "malformed")
	webtest.WantProblem(t, "a second token", h.Call("GET", "/api/v1/users", "", bearer, func(r *http.Request) {
		r.Header.Add("Authorization", r.Header.Get("Authorization"))
	}), 401, "unauthenticated")
}

// foreignAndMissing: another tenant's object and one that never was are the same, byte for byte;
// what cannot be an identifier is refused before anything is asked.
func foreignAndMissing(t *testing.T, h *webtest.House) {
	bearer, cookie := h.Bearer(t, h.Acme.Admin, "acme"), h.SignIn(t, h.Acme.Admin)
	foreigners := map[string]string{}
	for _, r := range web.Routes() {
		if r.Policy == door.Public || r.Policy == door.Operators {
			continue
		}
		kind, ok := webtest.KindOf(t, r)
		if !ok {
			continue
		}
		if foreigners[kind.Missing] == "" {
			foreigners[kind.Missing] = kind.Foreign(t, h)
		}
		foreign, missing, credential, body := foreigners[kind.Missing], kind.Missing, bearer, ""
		if r.Method == http.MethodPatch {
			body = `{"role":"viewer"}`
		}
		if r.Method == http.MethodPatch && strings.HasSuffix(r.Path, "/uploads/:id") {
			body = `{"name":"y.txt"}`
		}
		if strings.HasSuffix(r.Path, "/roll") {
			body = `{"overlap":"now"}`
		}
		if strings.HasSuffix(r.Path, "/parts") {
			body = `{"numbers":[1]}`
		}
		if r.Method == http.MethodPut {
			body = `{"name":"theirs","clientId":"bulkhead","first":"refuse"}`
		}
		edits := []func(*http.Request){webtest.Header("Accept", "application/json")}
		switch {
		case r.Policy == door.Session && strings.HasSuffix(r.Path, "/parts"): // what our own script sends
			credential = cookie
			edits = append(edits, webtest.Header("Content-Type", "application/json"))
		case r.Policy == door.Session:
			credential, body = cookie, "role=viewer&overlap=now&name=y.txt"
			edits = append(edits, webtest.Header("Content-Type", "application/x-www-form-urlencoded"))
		}
		edits = append(edits, credential)
		at := func(id string) string { return strings.NewReplacer(":tenant", "acme", ":id", id).Replace(r.Path) }
		one, other := h.Call(r.Method, at(foreign), body, edits...), h.Call(r.Method, at(missing), body, edits...)
		webtest.WantProblem(t, r.Method+" "+r.Path, one, 404, "not_found")
		if diff := cmp.Diff(withoutRequestID(one.Body.String()), withoutRequestID(other.Body.String())); diff != "" {
			t.Errorf("%s %s tells foreign and missing apart:\n%s", r.Method, r.Path, diff)
		}
		for _, id := range []string{"u1%2Fprivate%2Fsecret", "..%2f..%2fglobex", "%00", "a;b", "__x__", strings.Repeat("a", 1501), "%2e%2e"} {
			if w := h.Call(r.Method, at(id), body, edits...); w.Code != 400 && w.Code != 404 {
				t.Errorf("%s %s with %.40q: %d %s", r.Method, r.Path, id, w.Code, w.Body)
			}
		}
	}
	webtest.WantProblem(t, "a leaf that takes slashes", h.Call("DELETE", "/api/v1/sessions/"+strings.Repeat("a", 24)+"/private/secret", "", bearer), 400, "malformed")
}

// noSecretInTheLog looks at what all the stories so far have left in the log.
func noSecretInTheLog(t *testing.T, h *webtest.House) {
	h.SignIn(t, h.Acme.Editor)
	h.Bearer(t, h.Acme.Editor, "acme")
	for _, secret := range []string{"password-of", "X-Goog-Signature", "eyJ", "PRIVATE KEY", "__Host-bh", "bhk_"} {
		if strings.Contains(h.Log.String(), secret) {
			i := strings.Index(h.Log.String(), secret)
			t.Errorf("the log keeps %q: %s", secret, h.Log.String()[max(0, i-200):min(h.Log.Len(), i+100)])
		}
	}
}
