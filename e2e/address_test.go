package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// The application is found by the name localhost, which passkeys and cookies belong to. Its number
// leads there, whatever was asked.
func TestNumberLeadsToName(t *testing.T) {
	app, err := url.Parse(world.App)
	if err != nil || app.Hostname() != "localhost" {
		t.Fatalf("the application is at %q, %v", world.App, err)
	}
	for _, path := range []string{"/", "/t/acme/sign-in?next=%2Ft%2Facme%2Ffiles", "/api/v1/uploads"} {
		req, err := http.NewRequestWithContext(testContext(t), "GET", "http://127.0.0.1:"+app.Port()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a := send(t, req); a.status != http.StatusTemporaryRedirect || a.header.Get("Location") != world.App+path {
			t.Errorf("%s by number: %d to %q", path, a.status, a.header.Get("Location"))
		}
	}
	if a := anonymous(t).do("GET", "/t/acme/sign-in", nil); a.status != http.StatusOK || !strings.Contains(a.body, "Acme Shipping") {
		t.Errorf("the sign-in page by name: %d", a.status)
	}
	for _, tenant := range world.Tenants {
		wantCORS(t, world, tenant)
	}
}
