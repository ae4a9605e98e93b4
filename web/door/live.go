package door

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// mostShown is how many sessions of one browser are looked at: each may cost a refresh.
const mostShown = 12

// SignedIn is a workspace in which the browser has a session.
type SignedIn struct {
	Workspace view.Workspace
	Email     string // of the person whose session it is
	Address   string // of the workspace's first page
}

// Live returns the workspaces in which the browser has a session that still counts, at most twelve,
// by their names. What cannot be told right now is left out.
func (s Sessions) Live(c echo.Context) []SignedIn {
	var slugs []tenant.Slug
	for _, cookie := range c.Request().Cookies() {
		name, ok := strings.CutPrefix(cookie.Name, cookieName(tenant.Slug{}))
		slug, err := tenant.ParseSlug(name)
		if ok && err == nil && !slices.Contains(slugs, slug) && len(slugs) < mostShown {
			slugs = append(slugs, slug)
		}
	}
	var live []SignedIn
	for _, slug := range slugs {
		if found, ok := s.signedIn(c, slug); ok {
			live = append(live, found)
		}
	}
	slices.SortFunc(live, func(a, b SignedIn) int { return strings.Compare(a.Workspace.Name, b.Workspace.Name) })
	return live
}

// signedIn returns the browser's session in the workspace. ok is false if it has none that still
// counts.
func (s Sessions) signedIn(c echo.Context, slug tenant.Slug) (_ SignedIn, ok bool) {
	p, ok := s.Caller(c, slug)
	if !ok {
		return SignedIn{}, false
	}
	t, err := s.door.config.Authenticator.Tenant(c.Request().Context(), tenant.SelectSlug(slug))
	if err != nil {
		return SignedIn{}, false
	}
	return SignedIn{Workspace: Workspace(t), Email: p.Email(), Address: FirstPage(c, slug)}, true
}
