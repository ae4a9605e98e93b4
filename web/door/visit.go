package door

import (
	"context"
	"crypto/rand"
	"log/slog"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/httpserver"
)

// visit is what is learnt about a request on its way. It is for logs and for the frame of a page,
// never for a decision.
type visit struct {
	id       string
	address  string             // of the client
	agent    string             // its User-Agent
	table    *Table             // what the request came in through
	caller   *tenancy.Principal // nil until the caller is authenticated
	operator *tenancy.Operator  // nil unless the caller is one
	tenant   *tenant.Tenant     // the workspace whose page it is; nil for the API, and until the caller is authenticated
	code     string             // of the refusal, when there was one
	cause    error              // what the client is not told
}

type visitKey struct{}

// visitOf returns the visit that ctx belongs to. ok is false outside a request.
func visitOf(ctx context.Context) (v *visit, ok bool) {
	v, ok = ctx.Value(visitKey{}).(*visit)
	return v, ok
}

// addressOf returns the client's address; "" outside a request.
func addressOf(ctx context.Context) string {
	if v, ok := visitOf(ctx); ok {
		return v.address
	}
	return ""
}

// identify gives the request an identifier of our own making: one that a client sends could be
// anything.
func (t *Table) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := &visit{id: rand.Text(), address: c.RealIP(), agent: c.Request().UserAgent(), table: t}
		r := c.Request()
		ctx := context.WithValue(r.Context(), visitKey{}, v)
		ctx = ledger.WithRequest(ctx, ledger.RequestInfo{ID: v.id, Route: r.Method + " " + c.Path()})
		c.SetRequest(r.WithContext(ctx))
		c.Response().Header().Set("X-Request-Id", v.id)
		return next(c)
	}
}

// logAccess writes one line for each request. It names the route by its template and never the
// address as it came: query strings and path segments can carry what must not be kept.
func (d *Door) logAccess(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := d.config.Now()
		if err := next(c); err != nil {
			c.Error(err)
		}
		v, ok := visitOf(c.Request().Context())
		if !ok {
			return nil
		}
		attrs := []slog.Attr{
			slog.String("request", v.id),
			slog.String("method", httpserver.MethodOf(c.Request())),
			slog.String("route", c.Path()),
			slog.Int("status", c.Response().Status),
			slog.Int64("bytes", c.Response().Size),
			slog.Duration("took", d.config.Now().Sub(start)),
			slog.String("ip", c.RealIP()),
		}
		if v.caller != nil {
			attrs = append(attrs, slog.String("tenant", v.caller.Tenant().String()), slog.String("user", v.caller.User().String()))
		}
		if v.operator != nil {
			attrs = append(attrs, slog.String("operator", v.operator.User().String()))
		}
		level := slog.LevelInfo
		if v.code != "" {
			attrs = append(attrs, slog.String("code", v.code))
		}
		if v.cause != nil {
			level = slog.LevelError
			attrs = append(attrs, slog.String("error", v.cause.Error()))
		}
		d.config.Logger.LogAttrs(c.Request().Context(), level, "request", attrs...)
		return nil
	}
}
