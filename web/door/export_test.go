package door

import (
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Echo is the router that a table registers its routes with.
func Echo(t *Table) *echo.Echo { return t.echo }

// NewLimiter returns what counts requests under l.
func NewLimiter(l Limits) func(tenant.ID, string) (func(), error) {
	return NewLimiterAt(l, time.Now)
}

// NewLimiterAt is NewLimiter by a clock.
func NewLimiterAt(l Limits, now func() time.Time) func(tenant.ID, string) (func(), error) {
	return newLimiter(l, now).begin
}
