package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
	"github.com/google/go-cmp/cmp"
)

func TestProblems(t *testing.T) {
	h := newSite(t)
	jsonBody := webtest.Header("Content-Type", "application/json")
	for name, tt := range map[string]struct {
		method, target, body string
		edits                []func(*http.Request)
		want                 webtest.ProblemBody
	}{
		"no such address": {"GET", "/api/v1/nowhere", "", nil, webtest.ProblemBody{Title: "Not Found", Code: "not_found", Status: 404}},
		"no such version": {"GET", "/api/v2/users", "", nil, webtest.ProblemBody{Title: "Not Found", Code: "not_found", Status: 404}},
		"method":          {"PUT", "/api/v1/users", "", nil, webtest.ProblemBody{Title: "Method Not Allowed", Code: "method_not_allowed", Status: 405}},
		"anonymous":       {"GET", "/api/v1/users", "", nil, webtest.ProblemBody{Title: "Unauthorized", Code: "unauthenticated", Status: 401}},
		"no tenant": {"GET", "/api/v1/users", "", []func(*http.Request){webtest.Header("Authorization", "Bearer x")},
			webtest.ProblemBody{Title: "Bad Request", Code: "malformed", Status: 400}},
		"no tenant for a token": {"POST", "/api/v1/token", "{}", []func(*http.Request){jsonBody},
			webtest.ProblemBody{Title: "Bad Request", Code: "malformed", Status: 400}},
		"body too large": {"POST", "/api/v1/token", strings.Repeat(" ", 65<<10), []func(*http.Request){jsonBody},
			webtest.ProblemBody{Title: "Request Entity Too Large", Code: "body_too_large", Status: 413}},
		"another site": {"POST", "/api/v1/token", "{}", []func(*http.Request){jsonBody, webtest.Header("Sec-Fetch-Site", "cross-site")},
			webtest.ProblemBody{Title: "Forbidden", Code: "cross_origin", Status: 403}},
	} {
		t.Run(name, func(t *testing.T) {
			w := webtest.Call(h, tt.method, tt.target, tt.body, tt.edits...)
			var got webtest.ProblemBody
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatalf("%v in %q", err, w.Body)
			}
			if got.Detail == "" || got.RequestID == "" || got.RequestID != w.Header().Get("X-Request-Id") {
				t.Errorf("detail %q, request id %q, header %q", got.Detail, got.RequestID, w.Header().Get("X-Request-Id"))
			}
			got.Detail, got.RequestID = "", ""
			tt.want.Type = vendingtest.Origin + "/api/docs#problem-" + tt.want.Code
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problem (-want +got):\n%s", diff)
			}
			if w.Code != tt.want.Status || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %s", w.Code, w.Header().Get("Content-Type"))
			}
			if challenged := w.Header().Get("WWW-Authenticate") != ""; challenged != (w.Code == 401) {
				t.Errorf("%d with WWW-Authenticate: %v", w.Code, challenged)
			}
		})
	}
}

// TestSelectorIsTakenWhole covers the ways in which two readers could take one header for two
// tenants.
func TestSelectorIsTakenWhole(t *testing.T) {
	h := newSite(t)
	for name, values := range map[string][]string{
		"absent":     nil,
		"empty":      {""},
		"twice":      {"acme", "globex"},
		"same twice": {"acme", "acme"},
		"list":       {"acme, globex"},
		"folded":     {"acme globex"},
		"trailing":   {"acme\t"},
		"upper case": {"ACME"},
		"escaped":    {"%61cme"},
		"full width": {"ａcme"},
		"long":       {strings.Repeat("a", 4<<10)},
		"path":       {"acme/../globex"},
	} {
		w := webtest.Call(h, "GET", "/api/v1/users", "", webtest.Header("Authorization", "Bearer x"), webtest.Header("X-TenantId", values...))
		if w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d, want 400", name, w.Code)
		}
	}
}

func TestFailuresArePages(t *testing.T) {
	h := newSite(t)
	for target, want := range map[string]int{"/nowhere": 404, "/t/acme/nowhere": 404, "/t/x/sign-in": 400} {
		w := webtest.Call(h, "GET", target, "", webtest.Header("Accept", "text/html"))
		if w.Code != want || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			t.Errorf("GET %s: %d %s", target, w.Code, w.Header().Get("Content-Type"))
		}
		if !strings.Contains(w.Body.String(), w.Header().Get("X-Request-Id")) {
			t.Errorf("GET %s: the page does not show the request id", target)
		}
	}
}

func TestOtherSitesCannotAct(t *testing.T) {
	h := newSite(t)
	for name, edits := range map[string][]func(*http.Request){
		"cross-site form":     {webtest.Header("Sec-Fetch-Site", "cross-site"), webtest.Header("Content-Type", "application/x-www-form-urlencoded")},
		"sibling host":        {webtest.Header("Sec-Fetch-Site", "same-site")},
		"old browser":         {webtest.Header("Origin", "https://evil.example")},
		"no origin":           {webtest.Header("Origin", "null")},
		"plain text":          {webtest.Header("Sec-Fetch-Site", "cross-site"), webtest.Header("Content-Type", "text/plain")},
		"overridden to a GET": {webtest.Header("Sec-Fetch-Site", "cross-site"), webtest.Header("X-HTTP-Method-Override", "GET")},
	} {
		for _, target := range []string{"/t/acme/sign-in", "/t/acme/sign-out", "/t/acme/files", "/t/acme/people/u1/role", "/api/v1/uploads"} {
			w := webtest.Call(h, "POST", target, "", edits...)
			if w.Code != http.StatusForbidden {
				t.Errorf("%s to %s: %d, want 403", name, target, w.Code)
			}
			if len(w.Header()["Set-Cookie"]) > 0 {
				t.Errorf("%s to %s sets a cookie", name, target)
			}
		}
	}
	for name, edits := range map[string][]func(*http.Request){
		"our page":        {webtest.Header("Sec-Fetch-Site", "same-origin")},
		"our public URL":  {webtest.Header("Origin", vendingtest.Origin)},
		"not a browser":   nil,
		"the address bar": {webtest.Header("Sec-Fetch-Site", "none")},
	} {
		if w := webtest.Call(h, "POST", "/t/acme/sign-out", "", edits...); w.Code != http.StatusSeeOther {
			t.Errorf("%s: %d, want 303", name, w.Code)
		}
	}
}
