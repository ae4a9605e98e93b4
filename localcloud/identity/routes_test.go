package identity_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/localcloud/identity"
)

// public is what anybody may fetch: keys that verify, and no more.
var public = []string{
	"/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com",
	"/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
	"/identitytoolkit/v3/relyingparty/publicKeys",
	"/v1/sessionCookiePublicKeys",
}

// TestEveryRouteIsGuarded calls each of them as those who have no business there: as nobody, with
// the web API key alone, and as an account that a tenant's data is given to, on the other tenant
// and on its own.
func TestEveryRouteIsGuarded(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.ownerKey)
	globex := w.tenant(c, "globex")
	stranger := w.bearer(w.account("tn-acme-data"))
	apiKey := "?key=" + w.identity.APIKey()

	for _, r := range w.identity.Routes() {
		path := strings.NewReplacer("{project}", project, "{tenant}", globex.TenantID(), "{id}", "oidc.acme").Replace(r.Pattern)
		if strings.Contains(r.Pattern, "tenants/{call}") {
			path = strings.Replace(path, "{call}", globex.TenantID()+":createSessionCookie", 1)
		}
		path = strings.Replace(path, "{call}", project+":createSessionCookie", 1)
		name := r.Method + " " + r.Pattern
		try := func(who, path, authorization string, want int) {
			t.Helper()
			if code, v := w.do(r.Method, path, "application/json", []byte(`{}`), authorization); code != want {
				t.Errorf("%s as %s: %d %v, want %d", name, who, code, v, want)
			}
		}
		switch {
		case r.Permission != "":
			try("nobody", path, "", http.StatusUnauthorized)
			try("the web API key", path+apiKey, "", http.StatusUnauthorized)
			try("a forged credential", path, "Bearer e30.e30.e30", http.StatusUnauthorized)
			try("another tenant's account", path, stranger, http.StatusForbidden)
		case r.APIKey:
			try("nobody", path, "", http.StatusForbidden)
			try("a wrong API key", path+"?key=AIzaSyWrong", "", http.StatusBadRequest)
		case !slices.Contains(public, r.Pattern):
			t.Errorf("%s is open to anybody", name)
		}
	}
}

// TestRolesReachWhatTheyShould holds the rows against a role: what reads is open to a viewer, and
// nothing else is.
func TestRolesReachWhatTheyShould(t *testing.T) {
	w := newWorld(t)
	viewer := w.bearer(w.account("viewer", "roles/firebaseauth.viewer"))
	for _, r := range w.identity.Routes() {
		if r.Permission == "" || strings.Contains(r.Pattern, "{tenant}") || strings.Contains(r.Pattern, "{call}") {
			continue
		}
		path := strings.NewReplacer("{project}", project, "{id}", "oidc.acme").Replace(r.Pattern)
		code, v := w.do(r.Method, path, "application/json", []byte(`{}`), viewer)
		reads := r.Permission == "firebaseauth.users.get" || r.Permission == "firebaseauth.configs.get"
		if got := code != http.StatusForbidden; got != reads {
			t.Errorf("%s %s as a viewer: %d %v; it takes %s", r.Method, r.Pattern, code, v, r.Permission)
		}
	}
}

func TestNoRouteTwice(t *testing.T) {
	w := newWorld(t)
	seen := map[identity.Route]bool{}
	for _, r := range w.identity.Routes() {
		r.Permission, r.APIKey = "", false
		if seen[r] {
			t.Errorf("%s %s stands twice", r.Method, r.Pattern)
		}
		seen[r] = true
	}
}
