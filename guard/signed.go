package guard

import (
	"net/http"
	"net/url"
	"strings"
)

// Signing is a request that somebody else will make, with a URL that is signed for it: the guard
// does not see it made.
type Signing struct {
	Method string
	Object string            // whole name, with the prefix
	Header map[string]string // that must be sent
	Query  url.Values        // that is part of the URL
}

// Sign returns nil if the scope permits to sign a request; else a *Refusal. GET and HEAD need Read,
// PUT and DELETE need Write; so does a POST that begins a resumable upload. A PUT with parameters
// sends one part of one upload. Each header and each parameter must be on a list.
func (g *Guard) Sign(s Signing) error {
	if !g.object(s.Object) {
		return refuse(ErrForeign, "object %q", s.Object)
	}
	need := Write
	switch s.Method {
	case http.MethodGet, http.MethodHead:
		need = Read
	case http.MethodPut, http.MethodDelete, http.MethodPost:
	default:
		return refuse(ErrRefused, "signing method %q", s.Method)
	}
	if !g.objects.Has(need) {
		return refuse(ErrNotPermitted, "signing %s %q", s.Method, s.Object)
	}
	seen := make(map[string]bool, len(s.Header))
	resumable := false
	for name, value := range s.Header {
		canonical := http.CanonicalHeaderKey(name)
		if !signedHeader(name) || seen[canonical] {
			return refuse(ErrRefused, "signing header %q", name)
		}
		if strings.ContainsFunc(value, notInName) {
			return refuse(ErrRefused, "signing header %s: %q", name, value)
		}
		seen[canonical] = true
		resumable = resumable || canonical == "X-Goog-Resumable" && value == "start"
	}
	if s.Method == http.MethodPost && !resumable {
		return refuse(ErrRefused, "signing a POST that begins no upload")
	}
	if s.Method == http.MethodPut && len(s.Query) > 0 {
		if resumable || seen["X-Goog-If-Generation-Match"] || seen["X-Goog-If-Metageneration-Match"] {
			return refuse(ErrRefused, "signing a part with a header that no part has")
		}
		return signedPart(s.Query)
	}
	for name, values := range s.Query {
		switch name {
		case "response-content-disposition", "response-content-type", "generation":
		default:
			return refuse(ErrRefused, "signing parameter %q", name)
		}
		if len(values) != 1 {
			return refuse(ErrRefused, "signing parameter %s %d times", name, len(values))
		}
	}
	return nil
}
