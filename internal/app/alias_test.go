package app_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/app"
)

func TestSendOn(t *testing.T) {
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	h := app.SendOn(next, []string{"127.0.0.1:8080"}, "http://localhost:8080")
	for _, c := range []struct {
		method, host, target string
		status               int
		location             string
	}{
		{"GET", "localhost:8080", "/t/acme/files", http.StatusTeapot, ""},
		{"GET", "127.0.0.1:8081", "/", http.StatusTeapot, ""},
		{"GET", "evil.example", "/", http.StatusTeapot, ""},
		{"GET", "127.0.0.1:8080", "/", http.StatusTemporaryRedirect, "http://localhost:8080/"},
		{"POST", "127.0.0.1:8080", "/t/acme/files?a=1&b=%2F", http.StatusTemporaryRedirect, "http://localhost:8080/t/acme/files?a=1&b=%2F"},
		{"GET", "127.0.0.1:8080", "//evil.example/x", http.StatusTemporaryRedirect, "http://localhost:8080/evil.example/x"},
		{"GET", "127.0.0.1:8080", "/a%0d%0ab", http.StatusTemporaryRedirect, "http://localhost:8080/a%0d%0ab"},
	} {
		r := httptest.NewRequest(c.method, c.target, nil)
		r.Host = c.host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || w.Header().Get("Location") != c.location {
			t.Errorf("%s %s at %s: %d to %q, want %d to %q", c.method, c.target, c.host, w.Code, w.Header().Get("Location"), c.status, c.location)
		}
	}
}
