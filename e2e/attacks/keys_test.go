package attacks_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// keysOverreach: keys go where they have no business (AK-01). They are tried past their scopes, at
// another tenant, on another tenant's keys, on pages, and after another key has taken their place.
func keysOverreach(t *testing.T, w *town) {
	admin := w.as(t, w.a.Admin)
	robot := func(k apiKey) caller {
		return caller{t: t, said: w.said, origin: w.origin, who: "acme", tenant: "acme", token: k.Key, cookie: k.Key}
	}
	missing := strings.Repeat("a", 16)
	for _, names := range [][]string{
		{"files:read"}, {"files:write"}, {"intake:write"}, {"people:read"}, {"files:read", "files:write", "intake:write", "people:read"},
	} {
		scopes, err := tenant.ParseScopes(names)
		must(t, err)
		x := admin.api("POST", "/keys", fmt.Sprintf(`{"name":"overreaches","scopes":["%s"],"expiresInDays":7}`, strings.Join(names, `","`)))
		if x.status != http.StatusCreated {
			t.Fatalf("making a key: %v", x)
		}
		own := robot(read[apiKey](t, x.body))
		across := own
		across.tenant = "globex"
		for _, r := range web.Routes() {
			switch r.Policy {
			case door.API, door.APIKey:
				if r.Permission == tenant.KeyEnd {
					continue // below: nothing else can be asked of a key that has ended
				}
				x := own.callRoute(r, "acme", missing)
				switch may := scopes.May(r.Permission); {
				case !may && (x.status != http.StatusForbidden || !strings.Contains(x.body, `"forbidden"`)):
					t.Errorf("a key with %v: %v, want 403", names, x)
				case may && (x.status == http.StatusUnauthorized || x.status == http.StatusForbidden || x.status >= 500):
					t.Errorf("a key with %v: %v", names, x)
				}
				if x := across.callRoute(r, "globex", w.foreign(t, r)); x.status != http.StatusForbidden || !strings.Contains(x.body, `"tenant_denied"`) {
					t.Errorf("a key with %v at globex: %v, want 403", names, x)
				}
			case door.Session:
				x := own.callRoute(r, "acme", missing)
				led := x.status == http.StatusSeeOther && strings.HasPrefix(x.header.Get("Location"), "/t/acme/sign-in")
				if _, body := at(r, "acme", missing); strings.HasPrefix(body, "{") { // a script asks
					led = x.status == http.StatusUnauthorized && strings.Contains(x.body, `"unauthenticated"`)
				}
				if !led {
					t.Errorf("a key with %v at %s %s: %v, want the sign-in", names, r.Method, r.Path, x)
				}
			}
		}
		if x := across.api("DELETE", "/own-key", ""); x.status != http.StatusForbidden || !strings.Contains(x.body, `"tenant_denied"`) {
			t.Errorf("a key with %v ends at globex: %v, want 403", names, x)
		}
		for _, want := range []int{http.StatusNoContent, http.StatusUnauthorized} {
			if x := own.api("DELETE", "/own-key", ""); x.status != want {
				t.Errorf("a key with %v ends itself: %v, want %d", names, x, want)
			}
		}
	}

	// By its id, another tenant's key is what a missing one is.
	for _, id := range []string{w.keyB.ID, missing} {
		for _, x := range []exchange{
			admin.api("DELETE", "/keys/"+id, ""), admin.api("POST", "/keys/"+id+"/roll", `{"overlap":"now"}`),
			admin.page("GET", "/t/acme/keys/"+id+"/roll", ""), admin.page("GET", "/t/acme/keys/"+id+"/revoke", ""),
		} {
			if x.status != http.StatusNotFound {
				t.Errorf("acme's admin: %v, want 404", x)
			}
		}
	}

	// What was rolled ends for good, whatever becomes of the key that took its place (AK-04).
	old := admin.makeKey(t, "to be rolled")
	x := admin.api("POST", "/keys/"+old.ID+"/roll", `{"overlap":"now"}`)
	if x.status != http.StatusCreated {
		t.Fatalf("rolling: %v", x)
	}
	next := read[apiKey](t, x.body)
	if x := robot(next).api("GET", "/users?limit=1", ""); x.status != http.StatusOK {
		t.Errorf("the key that took the place: %v", x)
	}
	if x := admin.api("DELETE", "/keys/"+next.ID, ""); x.status != http.StatusNoContent {
		t.Fatalf("revoking: %v", x)
	}
	for _, k := range []apiKey{old, next, {next.ID, strings.Replace(old.Key, old.ID, next.ID, 1)}} {
		if x := robot(k).api("GET", "/users?limit=1", ""); x.status != http.StatusUnauthorized {
			t.Errorf("a key that has ended: %v, want 401", x)
		}
	}
}
