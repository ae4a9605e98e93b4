package storage

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// maxBody is the largest JSON body taken, in bytes.
const maxBody = 1 << 20

// call is one request on its way.
type call struct {
	w   http.ResponseWriter
	r   *http.Request
	ctx context.Context

	path     string // raw
	rawQuery string
	query    map[string][]string

	route  *route
	vars   map[string]string // the path's variables, decoded
	fields selection         // the part of the answer that is asked for
	caller iam.Caller
}

// parse takes the request line apart. Nothing is cleaned or normalized: "a//b" and "a/../b" are
// names of objects.
func (c *call) parse() error {
	if !strings.HasPrefix(c.r.RequestURI, "/") || strings.Contains(c.r.RequestURI, "#") {
		return invalid("The request target must be a path.")
	}
	c.path, c.rawQuery, _ = strings.Cut(c.r.RequestURI, "?")
	c.query = make(map[string][]string)
	for pair := range strings.SplitSeq(c.rawQuery, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			return invalid("A query parameter's name is not percent-encoded.")
		}
		value, err := url.QueryUnescape(rawValue)
		if err != nil {
			return invalid("The value of query parameter %q is not percent-encoded.", name)
		}
		c.query[name] = append(c.query[name], value)
	}
	return nil
}

// xml reports whether the request is of the XML API, whose paths are /BUCKET/OBJECT.
func (c *call) xml() bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(c.path, "/"), "/")
	return !reserved[first]
}

func (c *call) bucket() string { return c.vars["bucket"] }
func (c *call) object() string { return c.vars["object"] }

// param returns a query parameter, or "".
func (c *call) param(name string) string {
	if v := c.query[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

func (c *call) has(name string) bool { return len(c.query[name]) > 0 }

// intParam returns a query parameter that is a number not less than 0; ok is false when it is not
// there.
func (c *call) intParam(name string) (n int64, ok bool, err error) {
	if !c.has(name) {
		return 0, false, nil
	}
	n, err = parseCount(c.param(name))
	if err != nil {
		return 0, false, invalid("Query parameter %s is not a number.", name)
	}
	return n, true, nil
}

func (c *call) boolParam(name string) (bool, error) {
	switch c.param(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, invalid("Query parameter %s is neither true nor false.", name)
}

// parseCount reads a number not less than 0 as strictly as it can be written.
func parseCount(s string) (int64, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	if err == nil && strconv.FormatUint(n, 10) != s {
		err = fmt.Errorf("%q is not in canonical form", s)
	}
	return int64(n), err
}

// readBody reads a JSON body. None at all counts as an empty object.
func (c *call) readBody() ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	if err != nil {
		return nil, invalid("The request's body could not be read: %v", err)
	}
	if len(body) == 0 {
		return []byte("{}"), nil
	}
	return body, nil
}

// answer writes v as JSON, or the part of it that is asked for.
func (c *call) answer(v any) error {
	whole, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("storage: encode answer: %w", err)
	}
	body, err := c.fields.of(whole)
	if err != nil {
		return fmt.Errorf("storage: select fields of answer: %w", err)
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/json; charset=UTF-8")
	h.Set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.Write(body)
	return nil
}
