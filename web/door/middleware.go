package door

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/bulkhead-saas/bulkhead/web/assets"
)

// middleware is everything a request passes before its route's policy, outermost first. Selection,
// authentication and vending come after it, in the route's verb: see page.go and bearer.go.
func (t *Table) middleware() []echo.MiddlewareFunc {
	return []echo.MiddlewareFunc{
		t.identify,         // a request id and a place for what is learnt about the caller
		t.door.logAccess,   // one line for each request, whatever becomes of it
		recoverPanic,       // a panic is an error like another
		t.door.addHeaders,  // on every answer, refusals too
		t.checkRequest,     // nothing that can be read in two ways, and no host but ours
		t.compress(),       // pages, but for those that hold a secret
		t.limitTime,        // nothing runs for ever
		limitBody,          // nobody sends for ever
		t.door.checkOrigin, // no other site's pages act for our users
	}
}

// compress makes pages smaller. It leaves JSON alone, which may hold a token or a signed URL, and
// routes that are Secret or Packed: see there.
func (t *Table) compress() echo.MiddlewareFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{
		MinLength: 1400, // bytes: about what one packet carries anyway
		Skipper: func(c echo.Context) bool {
			route := t.routeOf(c)
			return !assets.AcceptsGzip(c.Request().Header) || route.Secret || route.Packed || isAPI(c.Request()) || sendsJSON(c.Request())
		},
	})
}

func recoverPanic(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p)
			default:
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		return next(c)
	}
}

// contentPolicy returns the Content-Security-Policy of every page: our own files, and requests to
// the bucket.
func contentPolicy(storageOrigin string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
		"connect-src 'self' " + storageOrigin + "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

func (d *Door) addHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		c.Response().Before(func() { allowHead(h) })
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", d.policy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains") // browsers heed it over https alone
		h.Set("X-Content-Type-Options", "nosniff")
		return next(c)
	}
}

func (t *Table) limitTime(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		life := requestLife
		if t.routeOf(c).Policy == Platform {
			life = tickLife
			// The server's own limit is for requests of people. A writer that has none, in a test,
			// says so.
			_ = http.NewResponseController(c.Response()).SetWriteDeadline(t.door.config.Now().Add(2 * life))
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), life)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

func limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.ContentLength > maxBody {
			return errBodyTooLarge
		}
		r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, maxBody)
		return next(c)
	}
}
