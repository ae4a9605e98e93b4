package door

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/web/httpserver"
)

// A handler answers through the verbs of this file. Nothing else in web writes a body, a status or
// a redirect to an echo.Context, so nothing that a repository says can slip into an answer.

// Show answers with components, rendered whole before the status goes out: a failure half-way is an
// error page and not half a page. One address answers browsers and htmx differently, hence Vary.
func Show(c echo.Context, status int, components ...templ.Component) error {
	var page bytes.Buffer
	for _, component := range components {
		if err := component.Render(c.Request().Context(), &page); err != nil {
			return fmt.Errorf("web: render: %w", err)
		}
	}
	c.Response().Header().Add("Vary", "HX-Request")
	return html(c, status, page.Bytes())
}

// Choose is Show for an address that has a page for browsers and a fragment of it for htmx.
func Choose(c echo.Context, status int, page templ.Component, fragment ...templ.Component) error {
	if IsHTMX(c.Request()) {
		return Show(c, status, fragment...)
	}
	return Show(c, status, page)
}

// Redirect leads on to an address with 303, after a form too. The address is one of ours, or a
// signed one; it is never what a client sent.
func Redirect(c echo.Context, to string) error { return c.Redirect(http.StatusSeeOther, to) }

// RedirectWithin is Redirect for what one of our own pages shows within itself.
func RedirectWithin(c echo.Context, to string) error {
	c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'self'")
	return Redirect(c, to)
}

// Load has htmx load the page at an address in place of a fragment.
func Load(c echo.Context, to string) error { return load(c, http.StatusNoContent, to) }

// LeadOut shows a page that leads on to an address of somebody else's, one that a tenant has set. A
// redirect would not do after a form: the pages' content policy lets forms lead to us alone.
func LeadOut(c echo.Context, address string, page templ.Component) error {
	c.Response().Header().Set("Refresh", "0; url="+address)
	return Show(c, 200, page)
}

// ShowWithPreview is Show for a page that shows a file of the bucket within it.
func ShowWithPreview(c echo.Context, status int, components ...templ.Component) error {
	if t, ok := tableOf(c.Request().Context()); ok {
		c.Response().Header().Set("Content-Security-Policy", httpserver.PreviewPolicy(t.door.config.StorageOrigin))
	}
	return Show(c, status, components...)
}

// NoContent says that it is done, and nothing else.
func NoContent(c echo.Context) error { return empty(c, http.StatusNoContent) }

// SendJSON answers one of our own scripts with v.
func SendJSON(c echo.Context, status int, v any) error {
	return sendJSON(c, status, "application/json", v)
}

// Assets answers with what h serves, which looks at no caller.
func Assets(h http.Handler) echo.HandlerFunc { return echo.WrapHandler(h) }

func sendJSON(c echo.Context, status int, mediaType string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("web: encode: %w", err)
	}
	return blob(c, status, mediaType, append(body, '\n'))
}

func load(c echo.Context, status int, to string) error {
	c.Response().Header().Set("HX-Redirect", to)
	return empty(c, status)
}

func html(c echo.Context, status int, page []byte) error { return c.HTMLBlob(status, page) }

func blob(c echo.Context, status int, mediaType string, body []byte) error {
	return c.Blob(status, mediaType, body)
}

func empty(c echo.Context, status int) error { return c.NoContent(status) }
