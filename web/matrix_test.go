package web_test

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// matrixCaller is somebody who comes to acme's routes with all that they have.
type matrixCaller struct {
	name    string
	cookie  func(*http.Request)        // sent to pages
	bearer  func() func(*http.Request) // sent to the API; it may be spent by a call
	present string                     // what stands for them in a row of the matrix
}

// visitors are everybody whom the matrix has, in the order of a row's letters.
func visitors(t *testing.T, h *webtest.House) []matrixCaller {
	t.Helper()
	realms := acmesIssuer(t, h)
	none := func(*http.Request) {}
	key := func(held string) func() func(*http.Request) {
		return func() func(*http.Request) { return webtest.WithKey(held, "acme") }
	}
	person := func(letter, name string, p vendingtest.Person) matrixCaller {
		as := h.SignIn(t, p)
		at := func(r *http.Request) { // the cookie of acme, whosever it is
			as(r)
			r.Header.Set("Cookie", strings.Replace(r.Header.Get("Cookie"), "__Host-bh-"+p.Tenant.Slug.String(), "__Host-bh-acme", 1))
		}
		return matrixCaller{name, at, func() func(*http.Request) { return h.Bearer(t, p, "acme") }, letter}
	}
	keyOf := func(letter, name string, of vendingtest.Tenant, role tenant.Role) matrixCaller {
		_, held := h.NewKey(t, of, role)
		return matrixCaller{name, webtest.Header("Cookie", "__Host-bh-acme="+held), key(held), letter}
	}
	token := func(letter, name, raw string) matrixCaller {
		return matrixCaller{name, webtest.Header("Cookie", "__Host-bh-acme="+raw), key(raw), letter}
	}
	olga := h.AddOperator(t, "olga@bulkhead.test")
	now := time.Now()
	return []matrixCaller{
		{"anonymous", none, func() func(*http.Request) { return webtest.Header("X-TenantId", "acme") }, "n"},
		person("v", "viewer", h.Acme.Viewer),
		person("e", "editor", h.Acme.Editor),
		person("a", "admin", h.Acme.Admin),
		person("A", "globex's admin", h.Globex.Admin),
		keyOf("k", "viewer's key", h.Acme, tenant.Viewer),
		keyOf("K", "editor's key", h.Acme, tenant.Editor),
		keyOf("G", "globex's key", h.Globex, tenant.Editor),
		token("i", "issuer, a viewer's program", mint(t, realms["acme-id"], "files.read", now)),
		token("I", "issuer, an editor's program", mint(t, realms["acme-id"], "files.write", now)),
		token("p", "issuer, a viewer", mintFor(t, h, realms["people-id"], h.Acme.Viewer, now)),
		token("P", "issuer, an admin", mintFor(t, h, realms["people-id"], h.Acme.Admin, now)),
		{"operator", h.SignInOperator(t, olga), func() func(*http.Request) { return operatorBearer(t, h, olga) }, "o"},
	}
}

// matrixFile has a row a route: its method, its path, and the letters of those who get in.
const matrixFile = "testdata/matrix.txt"

// TestMatrix calls every route of the table as everybody, and compares who gets in with the matrix.
// A route without a row fails, and so does a row without a route. After a deliberate change, look
// at what is printed and write it down.
func TestMatrix(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	everybody := visitors(t, h)
	b, err := os.ReadFile(matrixFile)
	fail(t, err)
	want := slices.DeleteFunc(strings.Split(strings.TrimSpace(string(b)), "\n"), func(row string) bool { return strings.HasPrefix(row, "#") })
	var got []string
	routes := slices.Clone(web.Routes())
	slices.SortStableFunc(routes, func(a, b door.Route) int { return endsSessions(a) - endsSessions(b) })
	for _, r := range routes {
		in := ""
		for _, v := range everybody {
			if getsIn(t, h, r, v) {
				in += v.present
			}
		}
		if in == "" {
			in = "-"
		}
		got = append(got, r.Method+" "+r.Path+" "+in)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("who gets in, by %s (-) and really (+):\n%s", matrixFile, diff)
		t.Log(strings.Join(got, "\n"))
	}
}

// endsSessions is 1 for a route that may end the session of whoever calls it: it comes last.
func endsSessions(r door.Route) int {
	if r.Policy == door.Public || r.Path == "/api/v1/token" {
		return 1
	}
	return 0
}

// getsIn reports whether the matrixCaller is let in: past every question of who they are and what they
// may do. What they ask for is not there, so that nothing is changed.
func getsIn(t *testing.T, h *webtest.House, r door.Route, v matrixCaller) bool {
	t.Helper()
	edits := []func(*http.Request){v.cookie}
	api := strings.HasPrefix(r.Path, "/api/")
	if api {
		edits = []func(*http.Request){v.bearer(), webtest.Header("Content-Type", "application/json")}
	}
	w := h.Call(r.Method, address(r), "{", append(edits, webtest.Header("Accept", "application/json"))...)
	if w.Code >= http.StatusInternalServerError {
		t.Errorf("%s at %s %s: %d %.300s", v.name, r.Method, r.Path, w.Code, w.Body)
	}
	public := r.Policy == door.Public
	return public || w.Code != http.StatusUnauthorized && w.Code != http.StatusForbidden
}
