package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/a-h/templ"
	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"
)

// show answers with component, rendered whole before the status goes out: a failure half-way is an error page and not
// half a page. The same address answers browsers and htmx differently, hence Vary.
func (s *site) show(c echo.Context, status int, components ...templ.Component) error {
	var page bytes.Buffer
	for _, component := range components {
		if err := component.Render(c.Request().Context(), &page); err != nil {
			return fmt.Errorf("web: render: %w", err)
		}
	}
	c.Response().Header().Add("Vary", "HX-Request")
	return c.HTMLBlob(status, page.Bytes())
}

// choose is show for an address that has a page for browsers and a fragment of it for htmx.
func (s *site) choose(c echo.Context, status int, page templ.Component, fragment ...templ.Component) error {
	if isHTMX(c.Request()) {
		return s.show(c, status, fragment...)
	}
	return s.show(c, status, page)
}

// isHTMX reports whether htmx asks for a fragment. A boosted link and a page taken back from history want whole pages.
func isHTMX(r *http.Request) bool {
	h := r.Header
	return h.Get("HX-Request") == "true" && h.Get("HX-Boosted") != "true" && h.Get("HX-History-Restore-Request") != "true"
}

// send answers with v as JSON.
func (s *site) send(c echo.Context, status int, mediaType string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("web: encode: %w", err)
	}
	return c.Blob(status, mediaType, append(body, '\n'))
}

// sendsJSON reports whether the request's body says it is JSON.
func sendsJSON(r *http.Request) bool { return mediaType(r) == "application/json" }

func mediaType(r *http.Request) string {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

// receive reads the request's body as JSON into v: one value, no duplicate or unknown members, case as written.
// errMediaType or errMalformed.
func receive(r *http.Request, v any) error {
	if !sendsJSON(r) {
		return errMediaType
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return bodyError(err)
	}
	if err := json.Unmarshal(body, v, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("%w: %w", errMalformed, err)
	}
	return nil
}

// bodyError says what kept a body from being read.
func bodyError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errBodyTooLarge
	}
	return fmt.Errorf("%w: %w", errMalformed, err)
}

// form is a submitted form. Values in the address are no part of it.
type form map[string][]string

// readForm reads the request's body as a form. errMediaType, errMalformed or errBodyTooLarge.
func readForm(r *http.Request) (form, error) {
	if mediaType(r) != "application/x-www-form-urlencoded" {
		return nil, errMediaType
	}
	if err := r.ParseForm(); err != nil {
		return nil, bodyError(err)
	}
	for name, values := range r.PostForm {
		if len(values) > 1 {
			return nil, fmt.Errorf("%w: field %q twice", errMalformed, name)
		}
	}
	return form(r.PostForm), nil
}

// value returns the field, or "" if it was not sent.
func (f form) value(name string) string {
	if len(f[name]) == 0 {
		return ""
	}
	return f[name][0]
}
