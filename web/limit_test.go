package web_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web"
)

// neighbours: acme asks for ten times its share and is told to wait; globex, meanwhile, is served each time.
func neighbours(t *testing.T, h *house) {
	limited := *h
	limited.handler = h.site(t, web.Limits{Rate: 10, InFlight: 1e6, SignIns: 5})
	acme, globex := h.bearer(t, h.Acme.Viewer, "acme"), h.bearer(t, h.Globex.Viewer, "globex")
	refused := 0
	for range 100 {
		switch w := limited.call("GET", "/api/v1/users", "", acme); w.Code {
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
		if w := limited.call("GET", "/api/v1/users", "", globex); w.Code != http.StatusOK {
			t.Errorf("globex pays for acme: %d %s", w.Code, w.Body)
		}
	}

	var w int
	for range 30 { // whoever guesses passwords at acme's door
		w = limited.call("POST", "/api/v1/token", `{"email":"x@acme.test","password":"wrong"}`, header("X-TenantId", "acme"), header("Content-Type", "application/json")).Code
	}
	if w != http.StatusTooManyRequests {
		t.Errorf("the thirtieth attempt to sign in to acme: %d", w)
	}
	body := `{"email":"` + h.Globex.Viewer.Email + `","password":"` + h.Globex.Viewer.Password + `"}`
	if w := limited.call("POST", "/api/v1/token", body, header("X-TenantId", "globex"), header("Content-Type", "application/json")); w.Code != http.StatusOK {
		t.Errorf("globex's people cannot sign in: %d %s", w.Code, w.Body)
	}
}

// TestInFlight: a tenant has so many requests at once, and a place is free again when one is done.
func TestInFlight(t *testing.T) {
	admit := web.NewLimiter(web.Limits{Rate: 1e6, InFlight: 3, SignIns: 1})
	acme, globex := web.NewID(), web.NewID()
	var done []func()
	for range 3 {
		f, err := admit(acme)
		if err != nil {
			t.Fatal(err)
		}
		done = append(done, f)
	}
	if _, err := admit(acme); err == nil {
		t.Error("a fourth at the same time")
	}
	if _, err := admit(globex); err != nil {
		t.Errorf("globex waits for acme: %v", err)
	}
	done[1]()
	if _, err := admit(acme); err != nil {
		t.Errorf("a place is free: %v", err)
	}
	var together sync.WaitGroup
	for range 64 {
		together.Go(func() {
			if f, err := admit(globex); err == nil {
				f()
			}
		})
	}
	together.Wait()
	for range 2 { // one is held from above
		if _, err := admit(globex); err != nil {
			t.Errorf("places were lost: %v", err)
		}
	}
}
