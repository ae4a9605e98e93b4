// Package identitytest opens the services that sign people in and change who they are, around two
// tenants on a local cloud, for tests.
package identitytest

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// World is two tenants and the services of a process, which signs nobody in at a provider.
type World struct {
	*vendingtest.World
	Services
}

// New returns a World. When the test ends, its log must hold no secret.
func New(t *testing.T) *World {
	t.Helper()
	w := vendingtest.TwoTenants(t)
	var log vendingtest.Buffer
	t.Cleanup(func() {
		for _, secret := range []string{"password", "eyJ", "PRIVATE KEY", w.Cloud.APIKey()} {
			if text := log.String(); strings.Contains(text, secret) {
				t.Errorf("the log holds %q:\n%s", secret, text)
			}
		}
	})
	return &World{w, Open(t, w, Config{
		Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})}
}

// SignedIn signs p in, which must succeed.
func (w *World) SignedIn(t *testing.T, p vendingtest.Person) sessioncookie.Tokens {
	t.Helper()
	tokens, err := w.Services.SignIn.SignInWithPassword(t.Context(), p.Tenant, p.Email, p.Password)
	if err != nil {
		t.Fatalf("%s signs in: %v", p.Email, err)
	}
	return tokens
}

// RoleOf is the role that the session's ID token gives, 0 if it does not stand.
func (w *World) RoleOf(t *testing.T, of tenant.Tenant, tokens sessioncookie.Tokens) tenant.Role {
	t.Helper()
	p, err := w.Authenticator.Session(t.Context(), tenant.SelectID(of.ID), tokens.ID)
	if err != nil {
		return 0
	}
	return p.Role()
}

// Directory is Identity Platform's administration of a tenant's accounts.
func (w *World) Directory(t *testing.T, of tenant.Tenant) *firebaseauth.TenantClient {
	t.Helper()
	c, err := w.Web.Identity().TenantManager.AuthForTenant(of.IdentityTenant)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// RefreshAtGoogle does what anyone can who has a refresh token: it goes round the application.
func (w *World) RefreshAtGoogle(t *testing.T, refresh string) (idToken string) {
	t.Helper()
	answer := w.post(t, "https://securetoken.googleapis.com/v1/token", "application/x-www-form-urlencoded",
		url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}.Encode())
	return answer["id_token"]
}

// Accounts calls the public REST of Identity Platform, as anyone can who knows the API key.
func (w *World) Accounts(t *testing.T, method string, request map[string]any) map[string]string {
	t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	return w.post(t, "https://identitytoolkit.googleapis.com/v1/accounts:"+method, "application/json", string(body))
}

// post returns the strings of the answer; none if it is a refusal.
func (w *World) post(t *testing.T, address, contentType, body string) map[string]string {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address+"?key="+w.Cloud.APIKey(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	resp, err := w.Web.HTTP().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	answer := map[string]string{}
	for name, v := range all {
		if s, ok := v.(string); ok {
			answer[name] = s
		}
	}
	return answer
}
