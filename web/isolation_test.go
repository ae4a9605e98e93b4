package web_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web"
)

// foreignTenant calls every guarded route with the credential of acme's admin for globex: whether globex is, is not, or
// is called by its identifier, the answer is one.
func foreignTenant(t *testing.T, h *house) {
	cookie, bearer := h.signIn(t, h.Acme.Admin), h.bearer(t, h.Acme.Admin, "acme")
	for _, r := range web.Routes() {
		if r.Policy == web.Public || r.Policy == web.Operators { // see operators
			continue
		}
		target := strings.Replace(address(r), "/t/acme/", "/t/globex/", 1)
		if r.Policy == web.Session {
			w := h.call(r.Method, target, "", cookie)
			if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/t/globex/sign-in") {
				t.Errorf("%s %s: %d %s", r.Method, target, w.Code, w.Header().Get("Location"))
			}
			continue
		}
		var bodies []string
		for _, tenant := range []string{"globex", h.Globex.ID.String(), "nowhere", "tn-0000000000"} {
			w := h.call(r.Method, target, "{}", bearer, header("X-TenantId", tenant))
			wantProblem(t, r.Method+" "+target+" for "+tenant, w, 403, "tenant_denied")
			bodies = append(bodies, withoutRequestID(w.Body.String()))
		}
		if len(slices.Compact(bodies)) != 1 {
			t.Errorf("%s %s tells tenants apart: %v", r.Method, target, bodies)
		}
	}
}

var requestID = regexp.MustCompile(`"requestId":"[^"]*"`)

func withoutRequestID(s string) string { return requestID.ReplaceAllString(s, "") }

// tooLowARole calls every route with each role below the one that it asks for.
func tooLowARole(t *testing.T, h *house) {
	people := map[tenancy.Role]vendingtest.Person{tenancy.Viewer: h.Acme.Viewer, tenancy.Editor: h.Acme.Editor, tenancy.Admin: h.Acme.Admin}
	tried := 0
	for role, p := range people {
		cookie, bearer := h.signIn(t, p), h.bearer(t, p, "acme")
		for _, r := range web.Routes() {
			if r.Policy == web.Public || r.Policy == web.Operators { // see operators
				continue
			}
			credential, accept := bearer, header("Accept", "application/json")
			if r.Policy == web.Session {
				credential = cookie
			}
			w := h.call(r.Method, address(r), "{}", credential, accept)
			if role < r.Role {
				tried++
				wantProblem(t, r.Method+" "+r.Path+" as "+role.String(), w, 403, "forbidden")
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
func otherSelectors(t *testing.T, h *house) {
	bearer := h.bearer(t, h.Acme.Viewer, "acme")
	plain := h.call("GET", "/api/v1/users", "", bearer).Body.String()
	for name, edit := range map[string]func(*http.Request){
		"host":             func(r *http.Request) { r.Host = "globex.app.test" },
		"query":            func(r *http.Request) { r.URL.RawQuery = "tenant=globex&tn=" + h.Globex.ID.String() },
		"cookie":           header("Cookie", "tenant=globex"),
		"X-Forwarded-Host": header("X-Forwarded-Host", "globex.app.test"),
		"Forwarded":        header("Forwarded", "host=globex.app.test"),
		"X-Tenant":         header("X-Tenant", "globex"),
		"X-Original-URL":   header("X-Original-URL", "/t/globex/files"),
	} {
		if diff := cmp.Diff(plain, h.call("GET", "/api/v1/users", "", bearer, edit).Body.String()); diff != "" {
			t.Errorf("%s changes the answer:\n%s", name, diff)
		}
	}
	stripped := func(r *http.Request) { r.Header.Del("X-TenantId") }
	wantProblem(t, "a selector that a proxy stripped", h.call("GET", "/api/v1/users", "", bearer, stripped), 400, "malformed")
	twice := func(r *http.Request) { r.Header.Add("X-TenantId", "globex") }
	wantProblem(t, "a second selector", h.call("GET", "/api/v1/users", "", bearer, twice), 400, "malformed")
	wantProblem(t, "a second token", h.call("GET", "/api/v1/users", "", bearer, func(r *http.Request) {
		r.Header.Add("Authorization", r.Header.Get("Authorization"))
	}), 401, "unauthenticated")
}

// foreignAndMissing: another tenant's object and one that never was are the same, byte for byte; what cannot be an
// identifier is refused before anything is asked.
func foreignAndMissing(t *testing.T, h *house) {
	globex := uploads.NewRepository(h.Grant(t, h.Globex.Editor))
	theirs, _, err := globex.Create(t.Context(), uploads.Intent{Name: "secret.txt", Size: 1})
	if err != nil {
		t.Fatal(err)
	}
	theirKey, _ := h.newKey(t, h.Globex, tenancy.Viewer)
	bearer, cookie := h.bearer(t, h.Acme.Admin, "acme"), h.signIn(t, h.Acme.Admin)
	for _, r := range web.Routes() {
		if r.Policy == web.Public || r.Policy == web.Operators || !strings.Contains(r.Path, ":id") {
			continue
		}
		foreign, missing, credential, body := theirs.ID.String(), strings.Repeat("a", 32), bearer, ""
		if strings.Contains(r.Path, "/users/") || strings.Contains(r.Path, "/people/") {
			foreign, missing, body = h.Globex.Viewer.ID.String(), "nobody", `{"role":"viewer"}`
		}
		if strings.Contains(r.Path, "/keys/") {
			foreign, missing = theirKey.ID.String(), strings.Repeat("a", 16)
		}
		edits := []func(*http.Request){header("Accept", "application/json")}
		if r.Policy == web.Session {
			credential, body = cookie, "role=viewer"
			edits = append(edits, header("Content-Type", "application/x-www-form-urlencoded"))
		}
		edits = append(edits, credential)
		at := func(id string) string { return strings.NewReplacer(":tenant", "acme", ":id", id).Replace(r.Path) }
		one, other := h.call(r.Method, at(foreign), body, edits...), h.call(r.Method, at(missing), body, edits...)
		wantProblem(t, r.Method+" "+r.Path, one, 404, "not_found")
		if diff := cmp.Diff(withoutRequestID(one.Body.String()), withoutRequestID(other.Body.String())); diff != "" {
			t.Errorf("%s %s tells foreign and missing apart:\n%s", r.Method, r.Path, diff)
		}
		for _, id := range []string{"u1%2Fprivate%2Fsecret", "..%2f..%2fglobex", "%00", "a;b", "__x__", strings.Repeat("a", 1501), "%2e%2e"} {
			if w := h.call(r.Method, at(id), body, edits...); w.Code != 400 && w.Code != 404 {
				t.Errorf("%s %s with %.40q: %d %s", r.Method, r.Path, id, w.Code, w.Body)
			}
		}
	}
	wantProblem(t, "a leaf that takes slashes", h.call("GET", "/api/v1/users/"+h.Acme.Viewer.ID.String()+"/private/secret", "", bearer), 400, "malformed")
}

// noSecretInTheLog looks at what all the stories so far have left in the log.
func noSecretInTheLog(t *testing.T, h *house) {
	h.signIn(t, h.Acme.Editor)
	h.bearer(t, h.Acme.Editor, "acme")
	for _, secret := range []string{"password-of", "X-Goog-Signature", "eyJ", "PRIVATE KEY", "__Host-bh", "bhk_"} {
		if strings.Contains(h.log.String(), secret) {
			i := strings.Index(h.log.String(), secret)
			t.Errorf("the log keeps %q: %s", secret, h.log.String()[max(0, i-200):min(h.log.Len(), i+100)])
		}
	}
}
