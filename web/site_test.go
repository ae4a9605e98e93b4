package web_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web"
)

// deps are the parts of a site that refuses before it asks any of them: what they would answer is tested elsewhere,
// against the local cloud.
func deps() web.Deps {
	return web.Deps{
		Registry:      new(tenancy.Registry),
		Authenticator: new(tenancy.Authenticator),
		Operators:     new(tenancy.Operators),
		Machine:       new(vending.Machine),
		Ledger:        new(vending.Ledger),
		Identity:      new(identity.Service),
		Sessions:      new(identity.Sessions),
		Logger:        slog.New(slog.DiscardHandler),
		PublicURL:     "https://app.example.com",
		StorageOrigin: "https://storage.example.com",
		MaxUpload:     1 << 20,
		Limits:        unlimited,
	}
}

// unlimited is for tests that ask faster than people do.
var unlimited = web.Limits{Rate: 1e6, InFlight: 1e6, SignIns: 1e6}

func newSite(t *testing.T) http.Handler {
	t.Helper()
	h, err := web.New(deps())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// call sends one request; edits change it first.
func call(h http.Handler, method, target, body string, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for _, edit := range edits {
		edit(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func header(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
}

func TestNewReportsEveryFault(t *testing.T) {
	_, err := web.New(web.Deps{PublicURL: "https://app.example.com/path", StorageOrigin: "*", MaxUpload: 6 << 30})
	if err == nil {
		t.Fatal("accepted a site made of nothing")
	}
	for _, want := range []string{"registry", "authenticator", "operators", "machine", "ledger", "identity", "sessions", "logger", "public URL", "storage origin", "largest upload", "limit"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("faults do not mention the %s:\n%v", want, err)
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	h := newSite(t)
	for _, target := range []string{"/", "/nowhere", "/status", "/t/acme/files", "/api/v1/users", "/api/nowhere"} {
		got := call(h, "GET", target, "").Header()
		for name, want := range map[string]string{
			"Cache-Control":              "no-store",
			"Cross-Origin-Opener-Policy": "same-origin",
			"Referrer-Policy":            "same-origin",
			"X-Content-Type-Options":     "nosniff",
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
				"connect-src 'self' https://storage.example.com; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		} {
			if got.Get(name) != want {
				t.Errorf("GET %s: %s is %q, want %q", target, name, got.Get(name), want)
			}
		}
		if len(got.Get("X-Request-Id")) < 20 {
			t.Errorf("GET %s: request id %q", target, got.Get("X-Request-Id"))
		}
	}
}

func TestPagesAreCompressed(t *testing.T) {
	h := newSite(t)
	for target, want := range map[string]string{"/": "gzip", "/status": "", "/api/openapi.json": ""} {
		w := call(h, "GET", target, "", header("Accept-Encoding", "gzip"))
		if got := w.Header().Get("Content-Encoding"); got != want {
			t.Errorf("GET %s: encoding %q, want %q", target, got, want)
		}
		if w.Code != http.StatusOK || w.Body.Len() == 0 {
			t.Errorf("GET %s: status %d and %d bytes", target, w.Code, w.Body.Len())
		}
	}
}

func TestRequestIDIsOurs(t *testing.T) {
	w := call(newSite(t), "GET", "/status", "", header("X-Request-Id", "theirs"))
	if got := w.Header().Get("X-Request-Id"); got == "" || got == "theirs" {
		t.Errorf("request id %q", got)
	}
}

func TestAccessLogKeepsNoSecret(t *testing.T) {
	var log bytes.Buffer
	d := deps()
	d.Logger = slog.New(slog.NewJSONHandler(&log, nil))
	h, err := web.New(d)
	if err != nil {
		t.Fatal(err)
	}
	call(h, "GET", "/t/acme/files/SECRET-PATH/download?token=SECRET-QUERY", "",
		header("Cookie", "other=SECRET-COOKIE"), header("Authorization", "Bearer SECRET-TOKEN"), header("X-Forwarded-For", "SECRET-ADDRESS"))
	call(h, "GET", "/api/v1/users/SECRET-PATH", "", header("Authorization", "Bearer SECRET TOKEN"))
	if n := strings.Count(log.String(), "\n"); n != 2 {
		t.Errorf("%d lines for 2 requests:\n%s", n, &log)
	}
	if strings.Contains(log.String(), "SECRET") {
		t.Errorf("the log keeps a secret:\n%s", &log)
	}
	if !strings.Contains(log.String(), `"route":"/t/:tenant/files/:id/download"`) {
		t.Errorf("the log does not name the route:\n%s", &log)
	}
}
