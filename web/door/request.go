package door

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/bulkhead-saas/bulkhead/web/httpserver"
)

// IsHTMX reports whether htmx asks for a fragment. A boosted link and a page taken back from
// history want whole pages.
func IsHTMX(r *http.Request) bool {
	h := r.Header
	return h.Get("HX-Request") == "true" && h.Get("HX-Boosted") != "true" &&
		h.Get("HX-History-Restore-Request") != "true"
}

// sendsJSON reports whether the request's body says it is JSON.
func sendsJSON(r *http.Request) bool { return mediaType(r) == "application/json" }

// prefersJSON reports whether JSON is the first that the client accepts.
func prefersJSON(r *http.Request) bool {
	first, _, _ := strings.Cut(r.Header.Get("Accept"), ",")
	kind, parameters, err := mime.ParseMediaType(first)
	if err != nil || kind != "application/json" {
		return false
	}
	q, given := parameters["q"]
	quality, err := strconv.ParseFloat(q, 64)
	return !given || err == nil && quality > 0
}

func mediaType(r *http.Request) string {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

// ReceiveJSON reads the request's body as JSON into v: one value, no duplicate or unknown members,
// case as written. A body that is not of this form becomes 400, 413 or 415.
func ReceiveJSON(r *http.Request, v any) error {
	if !sendsJSON(r) {
		return httpserver.ErrMediaType
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return bodyError(err)
	}
	if err := json.Unmarshal(body, v, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("%w: %w", httpserver.ErrMalformed, err)
	}
	return nil
}

// bodyError says what kept a body from being read.
func bodyError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return httpserver.ErrBodyTooLarge
	}
	return fmt.Errorf("%w: %w", httpserver.ErrMalformed, err)
}

// Form is a submitted form. Values in the address are no part of it.
type Form map[string][]string

// ReadForm reads the request's body as a form. A body that is none becomes 400, 413 or 415, and so
// does a field that was sent twice.
func ReadForm(r *http.Request) (Form, error) {
	if mediaType(r) != "application/x-www-form-urlencoded" {
		return nil, httpserver.ErrMediaType
	}
	if err := r.ParseForm(); err != nil {
		return nil, bodyError(err)
	}
	for name, values := range r.PostForm {
		if len(values) > 1 {
			return nil, fmt.Errorf("%w: field %q twice", httpserver.ErrMalformed, name)
		}
	}
	return Form(r.PostForm), nil
}

// Value returns the field, or "" if it was not sent.
func (f Form) Value(name string) string {
	if len(f[name]) == 0 {
		return ""
	}
	return f[name][0]
}

// ParseID returns the object that an address names, as parse reads it. What can be no identifier of
// the kind becomes 400; of says for the log which kind it is: "a file".
func ParseID[T any](s string, parse func(string) (T, error), of string) (T, error) {
	id, err := parse(s)
	if err != nil {
		var none T
		return none, fmt.Errorf("%w: identifier of %s", httpserver.ErrMalformed, of)
	}
	return id, nil
}
