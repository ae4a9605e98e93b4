package visit

import (
	"log/slog"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/web/httpserver"
)

// Log writes one line for each request to l. It names the route by its template and never the
// address as it came: query strings and path segments can carry what must not be kept.
func Log(l *slog.Logger, now func() time.Time) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := now()
			if err := next(c); err != nil {
				c.Error(err)
			}
			v, ok := Of(c.Request().Context())
			if !ok {
				return nil
			}
			attrs := []slog.Attr{
				slog.String("request", v.ID),
				slog.String("method", httpserver.MethodOf(c.Request())),
				slog.String("route", c.Path()),
				slog.Int("status", c.Response().Status),
				slog.Int64("bytes", c.Response().Size),
				slog.Duration("took", now().Sub(start)),
				slog.String("ip", c.RealIP()),
			}
			if v.Caller != nil {
				attrs = append(attrs, slog.String("tenant", v.Caller.Tenant().String()), slog.String("user", v.Caller.User().String()))
			}
			if v.Operator != nil {
				attrs = append(attrs, slog.String("operator", v.Operator.User().String()))
			}
			level := slog.LevelInfo
			if v.Code != "" {
				attrs = append(attrs, slog.String("code", v.Code))
			}
			if v.Cause != nil {
				level = slog.LevelError
				attrs = append(attrs, slog.String("error", v.Cause.Error()))
			}
			l.LogAttrs(c.Request().Context(), level, "request", attrs...)
			return nil
		}
	}
}
