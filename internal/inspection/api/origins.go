package api

import (
	"net/http"
	"slices"
)

// preflight tells browsers which pages of other origins may read answers, and answers a browser
// that asks before it sends a request of such a page. It reports whether it did. A page sends its
// token by itself: no cookie counts here, so an origin that is not listed is refused nothing but
// the answer.
func (a *api) preflight(w http.ResponseWriter, r *http.Request) (answered bool) {
	h := w.Header()
	h.Add("Vary", "Origin")
	if !slices.Contains(a.Origins, r.Header.Get("Origin")) {
		return false
	}
	h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	h.Set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "DELETE, GET, POST, PUT")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Range, Content-Type")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}
