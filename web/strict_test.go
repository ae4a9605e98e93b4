package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// TestHeadIsGetWithoutABody: wherever GET is, and nowhere else.
func TestHeadIsGetWithoutABody(t *testing.T) {
	h := newSite(t)
	for _, r := range web.Routes() {
		if r.Method != http.MethodGet {
			continue
		}
		get, head := webtest.Call(h, "GET", address(r), ""), webtest.Call(h, "HEAD", address(r), "")
		if head.Code != get.Code || head.Body.Len() > 0 || head.Header().Get("Content-Type") != get.Header().Get("Content-Type") {
			t.Errorf("%s: HEAD %d with %d bytes, GET %d", r.Path, head.Code, head.Body.Len(), get.Code)
		}
	}
	w := webtest.Call(h, "HEAD", "/t/acme/sign-out", "")
	if w.Code != http.StatusMethodNotAllowed || strings.Contains(w.Header().Get("Allow"), "HEAD") {
		t.Errorf("HEAD of a form: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
	if w := webtest.Call(h, "PUT", "/api/v1/users", ""); !strings.Contains(w.Header().Get("Allow"), "HEAD") {
		t.Errorf("Allow %q", w.Header().Get("Allow"))
	}
}

// TestStrictRequests: what two readers could take in two ways is refused before anybody is asked.
func TestStrictRequests(t *testing.T) {
	h := newSite(t)
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	raw := func(name string) func(*http.Request) {
		return func(r *http.Request) { r.Header[name] = []string{"globex"} }
	}
	kind := func(s string) func(*http.Request) { return webtest.Header("Content-Type", s) }
	tenant := webtest.Header("X-TenantId", "acme,")
	for name, tt := range map[string]struct {
		method, target, body string
		edits                []func(*http.Request)
		want                 int
	}{
		"our host":                       {"GET", "/", "", nil, 200},
		"our host in capitals":           {"GET", "/", "", []func(*http.Request){host("APP.test:80")}, 200},
		"another host":                   {"GET", "/", "", []func(*http.Request){host("app.test.evil.example")}, 421},
		"our host at another port":       {"GET", "/", "", []func(*http.Request){host("app.test:8081")}, 421},
		"no host":                        {"GET", "/", "", []func(*http.Request){host("")}, 421},
		"another host of the API":        {"GET", "/api/v1/users", "", []func(*http.Request){host("evil.example")}, 421},
		"another host, nothing there":    {"GET", "/nothing", "", []func(*http.Request){host("evil.example")}, 421},
		"a health check by address":      {"GET", "/status", "", []func(*http.Request){host("10.0.0.7:8080")}, 200},
		"a query":                        {"GET", "/t/acme/people?cursor=a&limit=2", "", nil, 303},
		"a query that repeats":           {"GET", "/t/acme/people?cursor=a&cursor=b", "", nil, 400},
		"a query that does not parse":    {"GET", "/t/acme/people?cursor=%zz", "", nil, 400},
		"a query with a semicolon":       {"GET", "/t/acme/people?a=b;c=d", "", nil, 400},
		"a key in the address":           {"GET", "/api/v1/users?key=bhk_x", "", nil, 400},
		"a token in the address":         {"GET", "/api/v1/users?Access_Token=x", "", nil, 400},
		"a credential elsewhere":         {"GET", "/api/v1/users?limit=2", "", nil, 401},
		"X-Tenant-Id":                    {"GET", "/api/v1/users", "", []func(*http.Request){raw("X-Tenant-Id")}, 400},
		"X_TenantId":                     {"GET", "/api/v1/users", "", []func(*http.Request){raw("X_tenantid")}, 400},
		"Tenant-Id":                      {"GET", "/api/v1/users", "", []func(*http.Request){raw("Tenant-Id")}, 400},
		"a form in capitals":             {"POST", "/operator/sign-in", "", []func(*http.Request){kind("Application/X-WWW-Form-URLEncoded")}, 422},
		"JSON in capitals":               {"POST", "/t/acme/files", "{}", []func(*http.Request){kind("APPLICATION/JSON")}, 401},
		"the API, JSON in capitals":      {"POST", "/api/v1/token", "{}", []func(*http.Request){kind("Application/JSON"), tenant}, 400},
		"our origin":                     {"POST", "/operator/sign-in", "", []func(*http.Request){webtest.Header("Origin", "http://app.test")}, 415},
		"our origin by another scheme":   {"POST", "/operator/sign-in", "", []func(*http.Request){webtest.Header("Origin", "https://app.test")}, 403},
		"our site, and another's origin": {"POST", "/operator/sign-in", "", []func(*http.Request){webtest.Header("Origin", "http://evil.example"), webtest.Header("Sec-Fetch-Site", "same-origin")}, 403},
	} {
		if w := webtest.Call(h, tt.method, tt.target, tt.body, tt.edits...); w.Code != tt.want {
			t.Errorf("%s: %d, want %d: %.300s", name, w.Code, tt.want, w.Body)
		}
	}
}

// TestAQualityOfZeroIsANo: what a client says it does not take it does not get.
func TestAQualityOfZeroIsANo(t *testing.T) {
	h := newSite(t)
	for _, accepted := range []string{"gzip;q=0", "gzip; Q=0.0, identity", "br"} {
		if got := webtest.Call(h, "GET", "/", "", webtest.Header("Accept-Encoding", accepted)).Header().Get("Content-Encoding"); got != "" {
			t.Errorf("%q: %s", accepted, got)
		}
	}
	for accepted, want := range map[string]string{
		"application/json": "application/problem+json", "Application/JSON;q=0.5": "application/problem+json",
		"application/json;q=0, text/html": "text/html; charset=UTF-8",
	} {
		if got := webtest.Call(h, "GET", "/nothing", "", webtest.Header("Accept", accepted)).Header().Get("Content-Type"); got != want {
			t.Errorf("%q: %s, want %s", accepted, got, want)
		}
	}
}
