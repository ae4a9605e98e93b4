package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// TestPersonTokens: where a tenant's issuer vouches for people, an access token is the person whom
// the tenant knows by its issuer and subject. The role is that of the record, and what else the
// token says of anybody counts for nothing.
func TestPersonTokens(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	realms := acmesIssuer(t, h)
	people := realms["people-id"]
	claims := func(who string) map[string]any { return map[string]any{"sub": who} }
	call := func(method, path, body, token string) (int, string) {
		w := h.Call(method, path, body, webtest.WithKey(token, "acme"))
		return w.Code, w.Body.String()
	}
	want := func(what, token string, status int) {
		t.Helper()
		if got, body := call("GET", "/api/v1/users", "", token); got != status {
			t.Errorf("%s: %d, want %d: %.300s", what, got, status, body)
		}
	}
	admin := mintFor(t, h, people, h.Acme.Admin, time.Now())
	editor := mintFor(t, h, people, h.Acme.Editor, time.Now())
	viewer := mintFor(t, h, people, h.Acme.Viewer, time.Now())
	stranger := mint(t, people, "files.write", time.Now(), map[string]any{
		"sub": h.Acme.Admin.ID.String(), "email": h.Acme.Admin.Email, "email_verified": true, "rl": "admin",
	})
	for what, token := range map[string]string{"an admin": admin, "an editor": editor, "a viewer": viewer} {
		want(what, token, http.StatusOK)
	}
	want("somebody unknown, with the admin's id and address", stranger, http.StatusUnauthorized)

	const upload = `{"name":"a.txt","type":"text/plain","size":1}`
	for _, tt := range []struct {
		what, method, path, body, token string
		status                          int
	}{
		{"an admin reads the ledger", "GET", "/api/v1/access", "", admin, 200},
		{"an editor does not", "GET", "/api/v1/access", "", editor, 403},
		{"an editor announces a file", "POST", "/api/v1/uploads", upload, editor, 201},
		{"a viewer does not, whatever the scope", "POST", "/api/v1/uploads", upload, viewer, 403},
		{"nobody's session ends", "DELETE", "/api/v1/token", "", viewer, 403},
		{"an admin whose sign-in nobody saw changes no settings", "PUT", "/api/v1/settings/authentication", `{"api":["token"]}`, admin, 401},
	} {
		w := h.Call(tt.method, tt.path, tt.body, webtest.WithKey(tt.token, "acme"), webtest.Header("If-Match", "*"))
		if w.Code != tt.status {
			t.Errorf("%s: %d, want %d: %.300s", tt.what, w.Code, tt.status, w.Body)
		}
	}
	if w := h.Call("GET", "/t/acme/people", "", webtest.WithKey(admin, "acme"), webtest.Header("Content-Type")); w.Code != http.StatusSeeOther {
		t.Errorf("a page, with the token: %d", w.Code)
	}
	h.LoginAt(t, h.Acme, h.Acme.Admin, realms["acme-id"].Issuer(), "subject-of-admin") // which counts on pages alone
	want("the same token at acme's issuer of programs", mint(t, realms["acme-id"], "", time.Now(), claims("subject-of-admin")), http.StatusUnauthorized)

	t.Run("the same subject at another tenant", func(t *testing.T) { samePersonElsewhere(t, h, people, admin) })
	t.Run("a role that changed", func(t *testing.T) {
		_, err := h.People.ChangeRole(t.Context(), h.Grant(t, h.Acme.Admin), h.Acme.Editor.ID, tenant.Viewer)
		fail(t, err)
		want("a token from before", editor, http.StatusUnauthorized)
		later := mint(t, people, "files.write", nextSecond(), claims("subject-of-editor"))
		if got, body := call("POST", "/api/v1/uploads", upload, later); got != http.StatusForbidden {
			t.Errorf("a later token: %d %.300s", got, body)
		}
		want("the later token, reading", later, http.StatusOK)
	})
	t.Run("a disabled person", func(t *testing.T) {
		_, err := h.People.SetDisabled(t.Context(), h.Grant(t, h.Acme.Admin), h.Acme.Viewer.ID, true)
		fail(t, err)
		want("a token from before", viewer, http.StatusUnauthorized)
		want("a later token", mint(t, people, "files.write", nextSecond(), claims("subject-of-viewer")), http.StatusUnauthorized)
	})
	for _, secret := range []string{admin, stranger} {
		if strings.Contains(h.Log.String(), secret[strings.LastIndexByte(secret, '.'):]) {
			t.Error("a token is in the log")
		}
	}
}

// nextSecond waits until the second is over: what is revoked in a second ends what was issued in
// it.
func nextSecond() time.Time {
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second + time.Millisecond)))
	return time.Now()
}

func fail(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// samePersonElsewhere: globex trusts the same issuer and knows nobody by it. Once it does, the
// subject is globex's person there, and acme's at acme.
func samePersonElsewhere(t *testing.T, h *webtest.House, people *oidc.Provider, admin string) {
	_, err := h.Policies.Change(t.Context(), h.Globex.ID, authpolicies.AnyVersion, func(p authpolicy.Policy) (authpolicy.Policy, error) {
		p.Issuers = []authpolicy.Issuer{{
			Name: "People", Issuer: people.Issuer(), JWKS: people.Issuer() + "/keys", Audience: audience, Algorithms: []string{"RS256"},
			Clients: []string{"builds"}, People: true,
		}}
		return p, nil
	})
	fail(t, err)
	at := func(slug string) (int, string) {
		w := h.Call("GET", "/api/v1/users", "", webtest.WithKey(admin, slug))
		return w.Code, w.Body.String()
	}
	if got, body := at("globex"); got != http.StatusUnauthorized {
		t.Errorf("acme's admin at globex: %d %.300s", got, body)
	}
	h.LoginAt(t, h.Globex, h.Globex.Viewer, people.Issuer(), "subject-of-admin")
	for slug, of := range map[string]vendingtest.Tenant{"acme": h.Acme, "globex": h.Globex} {
		if got, body := at(slug); got != http.StatusOK || !strings.Contains(body, of.Viewer.Email) {
			t.Errorf("at %s: %d %.300s", slug, got, body)
		}
	}
	if w := h.Call("GET", "/api/v1/access", "", webtest.WithKey(admin, "globex")); w.Code != http.StatusForbidden {
		t.Errorf("globex's viewer reads globex's ledger: %d", w.Code)
	}
}
