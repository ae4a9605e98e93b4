package door

import (
	"context"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/bulkhead-saas/bulkhead/web/assets"
	"github.com/bulkhead-saas/bulkhead/web/httpserver"
	"github.com/bulkhead-saas/bulkhead/web/visit"
)

// middleware is everything a request passes before its route's policy, outermost first. Selection,
// authentication and vending come after it, in the route's verb: see page.go and bearer.go.
func (t *Table) middleware() []echo.MiddlewareFunc {
	d := t.door.config
	return []echo.MiddlewareFunc{
		t.identify,                           // a request id and a place for what is learnt about the caller
		visit.Log(d.Logger, d.Now),           // one line for each request, whatever becomes of it
		httpserver.Recover,                   // a panic is an error like another
		httpserver.Headers(t.door.policy),    // on every answer, refusals too
		t.checkRequest,                       // nothing that can be read in two ways, and no host but ours
		t.compress(),                         // pages, but for those that hold a secret
		t.limitTime,                          // nothing runs for ever
		httpserver.LimitBody,                 // nobody sends for ever
		httpserver.SameOrigin(t.door.origin), // no other site's pages act for our users
	}
}

// identify begins the request's visit, and makes the table known to whatever answers it.
func (t *Table) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		visit.Begin(c)
		c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), tableKey{}, t)))
		return next(c)
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

// checkRequest refuses what two readers could take in two ways, before anybody is asked anything.
// It also writes the media type of a body in lower case, as RFC 9110 compares it: the API's library
// compares letters.
func (t *Table) checkRequest(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if httpserver.IsAmbiguous(r) {
			c.Response().Header().Set("Connection", "close")
			return fmt.Errorf("%w: two lengths", httpserver.ErrMalformed)
		}
		if answered, err := t.checkHost(c); answered || err != nil {
			return err
		}
		if err := httpserver.CheckQuery(r.URL.RawQuery); err != nil {
			return err
		}
		if err := checkSelectors(r.Header); err != nil {
			return err
		}
		if kind := mediaType(r); kind != "" && isAPI(r) {
			r.Header.Set("Content-Type", kind)
		}
		return next(c)
	}
}

func (t *Table) limitTime(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		life := httpserver.RequestLife
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
