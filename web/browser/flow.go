package browser

import (
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// flowCookie is the name of the cookie in which a browser keeps a sign-in at a workspace's provider
// while it is under way.
func flowCookie(slug tenant.Slug) string { return "__Host-bhf-" + slug.String() }

// KeepFlow has the browser keep a sign-in at a provider that is under way. One that it has for the
// workspace is given up.
func (s Sessions) KeepFlow(c echo.Context, slug tenant.Slug, sealed string, life time.Duration) error {
	return writeCookie(c, flowCookie(slug), sealed, life)
}

// TakeFlow returns the sign-in at a provider that the browser has under way, and has the browser
// forget it, whatever comes of it. "" if it has none, or two.
func (s Sessions) TakeFlow(c echo.Context, slug tenant.Slug) string {
	sealed, err := ReadCookie(c.Request(), flowCookie(slug))
	DropCookie(c, flowCookie(slug))
	if err != nil {
		return ""
	}
	return sealed
}
