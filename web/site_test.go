package web_test

import (
	"bytes"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/account"
	"github.com/bulkhead-saas/bulkhead/internal/apikeys"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/signin"
	"github.com/bulkhead-saas/bulkhead/internal/signout"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// deps are the parts of a site that refuses before it asks any of them: what they would answer is
// tested elsewhere, against the local cloud.
func deps() web.Deps {
	return web.Deps{
		Registry:       new(registry.Registry),
		Authenticator:  new(tenancy.Authenticator),
		Operators:      new(tenancy.Operators),
		Machine:        new(vending.Machine),
		OwnLedger:      tenancy.NewOwnLedger(new(ledger.Ledger)),
		Desk:           new(tenancy.Desk),
		APIKeys:        new(apikeys.Service),
		People:         new(people.Service),
		Factors:        new(mfa.Service),
		SignIn:         new(signin.Service),
		OperatorSignIn: new(signin.Operators),
		SignOut:        new(signout.Service),
		Federation:     new(federation.Service),
		Account:        new(account.Service),
		Policies:       new(authpolicies.Store),
		Settings:       new(authsettings.Service),
		Sessions:       new(sessioncookie.Sealer),
		Logger:         slog.New(slog.DiscardHandler),
		PublicURL:      vendingtest.Origin,
		StorageOrigin:  "https://storage.example.com",
		MaxUpload:      1 << 20,
		Limits:         webtest.Unlimited,
	}
}

func newSite(t *testing.T) http.Handler {
	t.Helper()
	h, err := web.New(deps())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestNewReportsEveryFault(t *testing.T) {
	_, err := web.New(web.Deps{PublicURL: "https://app.example.com/path", StorageOrigin: "*", MaxUpload: 6 << 30})
	if err == nil {
		t.Fatal("accepted a site made of nothing")
	}
	for _, want := range []string{"registry", "authenticator", "operators", "machine", "ledger", "API keys", "people", "second factors",
		"no sign-in\n", "sign-in of operators", "sign-out", "sign-in at providers", "accounts", "policies", "settings", "sessions", "logger", "public URL", "storage origin", "largest upload", "limit"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("faults do not mention the %s:\n%v", want, err)
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	h := newSite(t)
	for _, target := range []string{"/", "/nowhere", "/status", "/t/acme/files", "/api/v1/users", "/api/nowhere"} {
		got := webtest.Call(h, "GET", target, "").Header()
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
		w := webtest.Call(h, "GET", target, "", webtest.Header("Accept-Encoding", "gzip"))
		if got := w.Header().Get("Content-Encoding"); got != want {
			t.Errorf("GET %s: encoding %q, want %q", target, got, want)
		}
		if w.Code != http.StatusOK || w.Body.Len() == 0 {
			t.Errorf("GET %s: status %d and %d bytes", target, w.Code, w.Body.Len())
		}
	}
}

func TestRequestIDIsOurs(t *testing.T) {
	w := webtest.Call(newSite(t), "GET", "/status", "", webtest.Header("X-Request-Id", "theirs"))
	if got := w.Header().Get("X-Request-Id"); got == "" || got == "theirs" {
		t.Errorf("request id %q", got)
	}
}

// TestClientAddress: X-Forwarded-For is believed from a proxy that the configuration names, and
// what stands in it before that is not. The limits and the log have the address that is found.
func TestClientAddress(t *testing.T) {
	_, proxies, err := net.ParseCIDR("10.8.0.0/16")
	fail(t, err)
	for name, tt := range map[string]struct {
		trusted         []*net.IPNet
		from, forwarded string
		want            string
	}{
		"no proxy is named":             {nil, "203.0.113.9", "198.51.100.1", "203.0.113.9"},
		"no proxy is named, a private":  {nil, "10.8.0.7", "198.51.100.1", "10.8.0.7"},
		"the proxy":                     {[]*net.IPNet{proxies}, "10.8.0.7", "198.51.100.1", "198.51.100.1"},
		"two proxies":                   {[]*net.IPNet{proxies}, "10.8.0.7", "198.51.100.1, 10.8.0.8", "198.51.100.1"},
		"a client who forwards as well": {[]*net.IPNet{proxies}, "10.8.0.7", "192.0.2.66, 198.51.100.1", "198.51.100.1"},
		"a client past the proxy":       {[]*net.IPNet{proxies}, "203.0.113.9", "198.51.100.1", "203.0.113.9"},
		"somebody else's private one":   {[]*net.IPNet{proxies}, "192.168.0.1", "198.51.100.1", "192.168.0.1"},
		"the machine itself":            {[]*net.IPNet{proxies}, "127.0.0.1", "198.51.100.1", "127.0.0.1"},
		"a proxy that says nothing":     {[]*net.IPNet{proxies}, "10.8.0.7", "", "10.8.0.7"},
	} {
		var log bytes.Buffer
		d := deps()
		d.Logger, d.Proxies = slog.New(slog.NewJSONHandler(&log, nil)), tt.trusted
		h, err := web.New(d)
		fail(t, err)
		webtest.Call(h, "GET", "/status", "", func(r *http.Request) {
			r.RemoteAddr = tt.from + ":1"
			if tt.forwarded != "" {
				r.Header.Set("X-Forwarded-For", tt.forwarded)
			}
		})
		if !strings.Contains(log.String(), `"ip":"`+tt.want+`"`) {
			t.Errorf("%s: %s is not the address in %s", name, tt.want, &log)
		}
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
	webtest.Call(h, "GET", "/t/acme/files/SECRET-PATH/download?token=SECRET-QUERY", "",
		webtest.Header("Cookie", "other=SECRET-COOKIE"), webtest.Header("Authorization", "Bearer SECRET-TOKEN"), webtest.Header("X-Forwarded-For", "SECRET-ADDRESS"))
	webtest.Call(h, "GET", "/api/v1/users/SECRET-PATH", "", webtest.Header("Authorization", "Bearer SECRET TOKEN"))
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
