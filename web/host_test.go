package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// at sends a request to another host than the door's own.
func at(host string) func(*http.Request) { return func(r *http.Request) { r.Host = host } }

// hosts: a tenant's host selects the tenant, for the API; its pages lead on to the door's own host.
func hosts(t *testing.T, h *webtest.House) {
	_, own, _ := strings.Cut(vendingtest.Origin, "://")
	acme := "acme." + own
	ada := h.Bearer(t, h.Acme.Admin, "acme")
	none := func(r *http.Request) { r.Header.Del("X-TenantId") }

	t.Run("the API", func(t *testing.T) {
		for name, tt := range map[string]struct {
			host   string
			header func(*http.Request)
			status int
			code   string
		}{
			"the host selects":             {acme, none, 200, ""},
			"in other letters":             {"ACME." + own, none, 200, ""},
			"the header says it again":     {acme, webtest.Header("X-TenantId", "acme"), 200, ""},
			"the header says another":      {acme, webtest.Header("X-TenantId", "globex"), 400, "malformed"},
			"the header says an id":        {acme, webtest.Header("X-TenantId", h.Acme.ID.String()), 400, "malformed"},
			"the header is there twice":    {acme, webtest.Header("X-TenantId", "acme", "acme"), 400, "malformed"},
			"another tenant's host":        {"globex." + own, none, 403, "tenant_denied"},
			"the host of no tenant":        {"nowhere." + own, none, 403, "tenant_denied"},
			"two labels":                   {"a.acme." + own, none, 421, "misdirected"},
			"no label":                     {"." + own, none, 421, "misdirected"},
			"a host that ends alike":       {"acme" + own, none, 421, "misdirected"},
			"somebody else's host":         {"acme.example.net", none, 421, "misdirected"},
			"the door's own, no header":    {own, none, 400, "malformed"},
			"the door's own, as ever":      {own, webtest.Header("X-TenantId", "acme"), 200, ""},
			"no tenant's name in the host": {"-acme." + own, none, 421, "misdirected"},
		} {
			w := h.Call("GET", "/api/v1/users", "", ada, tt.header, at(tt.host))
			if tt.status == 200 {
				if w.Code != 200 {
					t.Errorf("acme's admin, %s: %d %s", name, w.Code, w.Body)
				}
				continue
			}
			webtest.WantProblem(t, "acme's admin, "+name, w, tt.status, tt.code)
		}
	})
	t.Run("pages", func(t *testing.T) {
		for target, want := range map[string]string{
			"/":                    vendingtest.Origin + "/t/acme",
			"/t/acme":              vendingtest.Origin + "/t/acme",
			"/t/acme/files?page=2": vendingtest.Origin + "/t/acme/files?page=2",
		} {
			webtest.WantRedirect(t, target, h.Call("GET", target, "", at(acme)), want)
		}
		for _, target := range []string{"/t/globex/files", "/operator", "/t/acme2/files", "/callback"} {
			webtest.WantProblem(t, target+" on acme's host",
				h.Call("GET", target, "", at(acme), webtest.Header("Accept", "application/json")), 421, "misdirected")
		}
		webtest.WantProblem(t, "signing in on acme's host", h.Call("POST", "/t/acme/sign-in", "", at(acme),
			webtest.Header("Accept", "application/json")), 421, "misdirected")
	})
}
