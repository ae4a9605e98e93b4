package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// neighbours: acme asks for ten times its share and is told to wait; globex, meanwhile, is served
// each time.
func neighbours(t *testing.T, h *webtest.House) {
	limited := *h
	limited.Handler = h.Site(t, door.Limits{Rate: 10, InFlight: 1e6, SignIns: 5})
	acme, globex := h.Bearer(t, h.Acme.Viewer, "acme"), h.Bearer(t, h.Globex.Viewer, "globex")
	refused := 0
	for range 100 {
		switch w := limited.Call("GET", "/api/v1/users", "", acme); w.Code {
		case http.StatusTooManyRequests:
			refused++
			if w.Header().Get("Retry-After") == "" {
				t.Error("acme is not told when to come back")
			}
		case http.StatusOK:
		default:
			t.Errorf("acme: %d %s", w.Code, w.Body)
		}
	}
	if refused < 40 {
		t.Errorf("acme was refused %d of 100 times", refused)
	}
	for range 8 { // one caller has half of a burst of twenty
		if w := limited.Call("GET", "/api/v1/users", "", globex); w.Code != http.StatusOK {
			t.Errorf("globex pays for acme: %d %s", w.Code, w.Body)
		}
	}

	var w int
	for range 30 { // whoever guesses passwords at acme's door
		w = limited.Call("POST", "/api/v1/token", `{"email":"x@acme.test","password":"wrong"}`, webtest.Header("X-TenantId", "acme"), webtest.Header("Content-Type", "application/json")).Code
	}
	if w != http.StatusTooManyRequests {
		t.Errorf("the thirtieth attempt to sign in to acme: %d", w)
	}
	body := `{"email":"` + h.Globex.Viewer.Email + `","password":"` + h.Globex.Viewer.Password + `"}`
	if w := limited.Call("POST", "/api/v1/token", body, webtest.Header("X-TenantId", "globex"), webtest.Header("Content-Type", "application/json")); w.Code != http.StatusOK {
		t.Errorf("globex's people cannot sign in: %d %s", w.Code, w.Body)
	}
}

// strangers: bodies that hold nothing cost a workspace nothing; who guesses, at sign-in, at the
// operators' door or at API keys, is told to wait, and nobody at another address is.
func strangers(t *testing.T, h *webtest.House) {
	limited := *h
	limited.Handler = h.Site(t, door.Limits{Rate: 1e6, InFlight: 1e6, SignIns: 10, Guesses: 2})
	from := func(address string) func(*http.Request) {
		return func(r *http.Request) { r.RemoteAddr = address + ":1" }
	}
	asJSON, acme := webtest.Header("Content-Type", "application/json"), webtest.Header("X-TenantId", "acme")
	for range 50 {
		if w := limited.Call("POST", "/api/v1/token", `{}`, acme, asJSON, from("203.0.113.1")); w.Code != http.StatusUnprocessableEntity {
			t.Fatalf("a body with no credential: %d", w.Code)
		}
	}
	wrong := url.Values{"email": {"x@acme.test"}, "password": {"wrong"}}.Encode()
	form := webtest.Header("Content-Type", "application/x-www-form-urlencoded")
	for what, guess := range map[string]func() int{
		"a workspace": func() int { return limited.Call("POST", "/t/acme/sign-in", wrong, form, from("203.0.113.1")).Code },
		"operators":   func() int { return limited.Call("POST", "/operator/sign-in", wrong, form, from("203.0.113.2")).Code },
		"refresh": func() int {
			return limited.Call("POST", "/api/v1/token", `{"refreshToken":"x"}`, acme, asJSON, from("203.0.113.4")).Code
		},
		"API keys": func() int {
			key := webtest.WithKey("bhk_aaaaaaaaaaaaaaaa_"+strings.Repeat("a", 32), "acme")
			return limited.Call("GET", "/api/v1/users", "", key, from("203.0.113.3")).Code
		},
	} {
		refused := 0
		for range 40 {
			if guess() == http.StatusTooManyRequests {
				refused++
			}
		}
		if refused == 0 {
			t.Errorf("%s: forty guesses, and none is told to wait", what)
		}
	}
	p := h.Acme.Viewer
	right := url.Values{"email": {p.Email}, "password": {p.Password}}.Encode()
	if w := limited.Call("POST", "/t/acme/sign-in", right, form, from("198.51.100.7")); w.Code != http.StatusSeeOther {
		t.Errorf("acme's own at another address: %d %.300s", w.Code, w.Body)
	}
}
