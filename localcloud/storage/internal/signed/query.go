package signed

import (
	"net/url"
	"strings"
)

// parameters of the signature itself.
const (
	pAlgorithm     = "X-Goog-Algorithm"
	pCredential    = "X-Goog-Credential"
	pDate          = "X-Goog-Date"
	pExpires       = "X-Goog-Expires"
	pSignedHeaders = "X-Goog-SignedHeaders"
	pSignature     = "X-Goog-Signature"
)

// query is a raw query, decoded, and its canonical form without the signature.
type query struct {
	values    map[string]string
	canonical string
}

// parseQuery refuses every query that is not the canonical one, save that a space may be written
// "+" as the Go client does and that X-Goog-Signature may stand anywhere.
func parseQuery(raw string) (query, *Error) {
	q := query{values: make(map[string]string)}
	var pairs []string
	last := ""
	for pair := range strings.SplitSeq(raw, "&") {
		rawName, rawValue, ok := strings.Cut(pair, "=")
		if !ok {
			return query{}, malformed("a query parameter has no value")
		}
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			return query{}, malformed("a query parameter's name is not percent-encoded")
		}
		value, err := url.QueryUnescape(rawValue)
		if err != nil {
			return query{}, malformed("a query parameter's value is not percent-encoded")
		}
		if _, dup := q.values[name]; dup {
			return query{}, malformed("query parameter " + name + " stands twice")
		}
		q.values[name] = value
		if name == pSignature {
			continue
		}
		canonical := escape(name) + "=" + escape(value)
		if canonical != strings.ReplaceAll(pair, "+", "%20") {
			return query{}, malformed("query parameter " + name + " is not in canonical encoding")
		}
		if len(pairs) > 0 && name < last {
			return query{}, malformed("query parameters are not sorted by name")
		}
		last = name
		pairs = append(pairs, canonical)
	}
	q.canonical = strings.Join(pairs, "&")
	return q, nil
}

// escape percent-encodes all but RFC 3986's unreserved characters.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
