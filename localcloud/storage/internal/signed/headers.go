package signed

import (
	"net/http"
	"slices"
	"strings"
)

// canonicalHeaders returns the canonical form of the headers that list names, and refuses a list
// that is not sorted, lower case and free of repetitions, that lacks host, that names a header
// which the request does not carry, or that leaves out an x-goog- header which the request does
// carry. host stands for the request's host.
func canonicalHeaders(list, host string, h http.Header) (string, *Error) {
	names := strings.Split(list, ";")
	if !slices.Contains(names, "host") {
		return "", malformed("the host is not signed")
	}
	var b strings.Builder
	for i, name := range names {
		if name == "" || name != strings.ToLower(name) || i > 0 && names[i-1] >= name {
			return "", malformed("X-Goog-SignedHeaders is not a sorted list of lower-case names")
		}
		value := host
		if name != "host" {
			values := h.Values(name)
			if len(values) == 0 {
				return "", headerError(name, "is signed, but not in the request")
			}
			value = joined(values)
		}
		b.WriteString(name + ":" + value + "\n")
	}
	for name := range h {
		name = strings.ToLower(name)
		if strings.HasPrefix(name, "x-goog-") && !slices.Contains(names, name) {
			return "", headerError(name, "is in the request, but not signed")
		}
	}
	return b.String(), nil
}

// joined is a header's values as a signature sees them: white space collapsed, repetitions joined
// by commas.
func joined(values []string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(out, ",")
}

func headerError(name, what string) *Error {
	return &Error{Kind: MalformedHeader, Detail: "header " + name + " " + what}
}
