package web_test

import (
	"net/http"
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
	for range 15 {
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
