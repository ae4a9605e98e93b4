package browser

import (
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// pendingCookie is the name of the cookie in which a browser keeps, between two factors, whose
// first one was right.
func pendingCookie(slug tenant.Slug) string { return "__Host-bh2-" + slug.String() }

// operatorPending is pendingCookie for an operator. No workspace's is called so, whatever its slug.
const operatorPending = "__Host-bho2"

// KeepPending has the browser keep whose first factor was right in the workspace. A session that it
// has there ends: a new one replaces it.
func (s Sessions) KeepPending(c echo.Context, t tenant.Tenant, kept string, life time.Duration) error {
	s.Replace(c, t, sessioncookie.Tokens{})
	return writeCookie(c, pendingCookie(t.Slug), kept, life)
}

// Pending returns whose first factor was right in the workspace, as the browser keeps it. "" if it
// keeps none, or two.
func (s Sessions) Pending(c echo.Context, slug tenant.Slug) string {
	kept, err := ReadCookie(c.Request(), pendingCookie(slug))
	if err != nil {
		return ""
	}
	return kept
}

// DropPending has the browser forget it.
func (s Sessions) DropPending(c echo.Context, slug tenant.Slug) { DropCookie(c, pendingCookie(slug)) }

// KeepPending has the browser keep which operator's first factor was right.
func (s OperatorSessions) KeepPending(c echo.Context, kept string, life time.Duration) error {
	return writeCookie(c, operatorPending, kept, life)
}

// Pending returns which operator's first factor was right. "" if the browser keeps none, or two.
func (s OperatorSessions) Pending(c echo.Context) string {
	kept, err := ReadCookie(c.Request(), operatorPending)
	if err != nil {
		return ""
	}
	return kept
}

// DropPending has the browser forget it.
func (s OperatorSessions) DropPending(c echo.Context) { DropCookie(c, operatorPending) }
