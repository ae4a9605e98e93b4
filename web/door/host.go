package door

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/httpserver"
)

// A tenant has a host of its own below the door's, under one wildcard: "acme.app.example.com", and
// "acme.localhost" on a laptop. The host selects the tenant as a path or X-TenantId does. The API
// is served there. Pages are not: they lead on to the door's own host, where sessions, sign-ins at
// providers and what browsers may send to the bucket have their one origin.

// hostTenant returns the tenant whose host it is. ok is false for any other host.
func (d *Door) hostTenant(host string) (_ tenant.Slug, ok bool) {
	name, below := strings.CutSuffix(d.ownHost(host), "."+d.host)
	if !below {
		return tenant.Slug{}, false
	}
	slug, err := tenant.ParseSlug(name)
	return slug, err == nil
}

// selector returns the one tenant that an API request selects: by the header, or by the host. On a
// tenant's host the header may say the same name once more, and nothing else: a proxy and this
// program must not read two tenants in one request.
func (d *Door) selector(r *http.Request) (tenant.Selector, error) {
	slug, ok := d.hostTenant(r.Host)
	if !ok {
		return tenant.ParseSelector(r.Header[tenantHeader])
	}
	if values, sent := r.Header[tenantHeader]; sent && (len(values) != 1 || values[0] != slug.String()) {
		return tenant.Selector{}, fmt.Errorf("%w: host and header select two tenants", httpserver.ErrMalformed)
	}
	return tenant.SelectSlug(slug), nil
}

// checkSelectors refuses a header that some reader on the way could take for the one that selects
// the tenant: X_TenantId, X-Tenant-Id, TenantId.
func checkSelectors(h http.Header) error {
	for name := range h {
		if name != tenantHeader && looksLikeSelector(name) {
			return fmt.Errorf("%w: a header that looks like the selector", httpserver.ErrMalformed)
		}
	}
	return nil
}

func looksLikeSelector(name string) bool {
	letters := strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, strings.ToLower(name))
	return letters == "xtenantid" || letters == "tenantid"
}

// ownHost writes a host as the door's own is written: in lower case, without the port that the
// scheme implies.
func (d *Door) ownHost(host string) string {
	host = strings.ToLower(host)
	if d.secure {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

// checkHost refuses a request for a host that is not the door's, and answers one for a page on a
// tenant's host: it leads on to the same page on the door's own. answered reports that it did.
func (t *Table) checkHost(c echo.Context) (answered bool, err error) {
	d, r := t.door, c.Request()
	if t.routeOf(c).AnyHost || d.ownHost(r.Host) == d.host {
		return false, nil
	}
	slug, ok := d.hostTenant(r.Host)
	switch {
	case !ok:
		return false, errHost
	case isAPI(r):
		return false, nil
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return false, errHost
	}
	to := ""
	switch own := strings.TrimSuffix(Address(slug), "/"); {
	case r.URL.Path == "/":
		to = own
	case r.URL.Path == own || strings.HasPrefix(r.URL.Path, own+"/"):
		to = r.URL.EscapedPath()
	default: // of another workspace, or of none
		return false, errHost
	}
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	return true, Redirect(c, d.origin+to)
}
