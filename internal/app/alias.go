package app

import (
	"net/http"
	"slices"
	"strings"
)

// sendOn answers requests for one of the hosts by a redirect to the same address at the public
// origin, and hands all others to next. The redirect keeps method and body, and no browser
// remembers it.
func sendOn(next http.Handler, hosts []string, publicURL string) http.Handler {
	if len(hosts) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(hosts, strings.ToLower(r.Host)) {
			next.ServeHTTP(w, r)
			return
		}
		// The path is the client's own words; escaped and behind our origin it leads nowhere else.
		to := publicURL + "/" + strings.TrimLeft(r.URL.EscapedPath(), "/")
		if r.URL.RawQuery != "" {
			to += "?" + r.URL.RawQuery
		}
		w.Header().Set("Location", to)
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
}
