package browser

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// mostShown is how many sessions of one browser are looked at: each may cost a refresh.
const mostShown = 12

// Live is a session of the browser that still counts.
type Live struct {
	Tenant    tenant.Tenant
	Principal tenancy.Principal // whose session it is
}

// Live returns the browser's sessions that still count, at most twelve, by the names of their
// workspaces. What cannot be told right now is left out.
func (s Store) Live(c echo.Context) []Live {
	var slugs []tenant.Slug
	for _, cookie := range c.Request().Cookies() {
		name, ok := strings.CutPrefix(cookie.Name, CookieName(tenant.Slug{}))
		slug, err := tenant.ParseSlug(name)
		if ok && err == nil && !slices.Contains(slugs, slug) && len(slugs) < mostShown {
			slugs = append(slugs, slug)
		}
	}
	var live []Live
	for _, slug := range slugs {
		if found, ok := s.live(c, slug); ok {
			live = append(live, found)
		}
	}
	slices.SortFunc(live, func(a, b Live) int { return strings.Compare(a.Tenant.Name, b.Tenant.Name) })
	return live
}

// live returns the browser's session in the workspace. ok is false if it has none that still
// counts.
func (s Store) live(c echo.Context, slug tenant.Slug) (_ Live, ok bool) {
	p, ok := s.Caller(c, slug)
	if !ok {
		return Live{}, false
	}
	t, err := s.config.Authenticator.Tenant(c.Request().Context(), tenant.SelectSlug(slug))
	if err != nil {
		return Live{}, false
	}
	return Live{Tenant: t, Principal: p}, true
}
