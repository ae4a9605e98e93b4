package httpserver

import (
	"context"
	"net/http"
	"strings"
)

type headKey struct{}

// AsGet answers HEAD as GET without a body, wherever GET is (RFC 9110, section 9.3.2).
func AsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			r = r.WithContext(context.WithValue(r.Context(), headKey{}, true))
			r.Method = http.MethodGet
			w = bodiless{w}
		}
		next.ServeHTTP(w, r)
	})
}

// MethodOf is the method that the client sent.
func MethodOf(r *http.Request) string {
	if r.Context().Value(headKey{}) != nil {
		return http.MethodHead
	}
	return r.Method
}

// allowHead names HEAD among the methods of an address that takes GET.
func allowHead(h http.Header) {
	allowed := h.Get("Allow")
	if strings.Contains(allowed, http.MethodGet) && !strings.Contains(allowed, http.MethodHead) {
		h.Set("Allow", allowed+", "+http.MethodHead)
	}
}

// bodiless writes everything of an answer but its body.
type bodiless struct{ http.ResponseWriter }

func (b bodiless) Write(p []byte) (int, error) { return len(p), nil }

// Unwrap is for http.ResponseController.
func (b bodiless) Unwrap() http.ResponseWriter { return b.ResponseWriter }
