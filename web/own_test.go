package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// TestWhoActsForThemselves: over the API, people change what is their own with the ID token of
// their own sign-in. A key, a program and a person whom an issuer names do not, whatever their
// role: the door refuses them, and so does package tenancy by itself.
func TestWhoActsForThemselves(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	realms, now := acmesIssuer(t, h), time.Now()
	_, key := h.NewKey(t, h.Acme, tenant.Editor)
	_, theirs := h.NewKey(t, h.Globex, tenant.Editor)
	idToken := h.Token(t, h.Acme.Viewer)
	for _, c := range []struct {
		name, token string
		code        string // of the door's refusal; empty: it lets in
	}{
		{"a viewer's ID token", idToken, ""},
		{"a viewer whom an issuer names", mintFor(t, h, realms["people-id"], h.Acme.Viewer, now), "credential_refused"},
		{"an admin whom an issuer names", mintFor(t, h, realms["people-id"], h.Acme.Admin, now), "credential_refused"},
		{"an issuer's program", mint(t, realms["acme-id"], "files.write", now), "credential_refused"},
		{"an API key", key, "forbidden"},
		{"globex's API key", theirs, "tenant_denied"},
		{"globex's admin", h.Token(t, h.Globex.Admin), "tenant_denied"},
	} {
		tried := 0
		for _, r := range web.Routes() {
			if !r.Own {
				continue
			}
			tried++
			// The body is none: whoever is let in changes nothing.
			w := h.Call(r.Method, address(r), "{", webtest.WithKey(c.token, "acme"))
			switch in := w.Code != http.StatusForbidden && w.Code != http.StatusUnauthorized; {
			case c.code != "":
				webtest.WantProblem(t, c.name+" at "+r.Method+" "+r.Path, w, 403, c.code)
			case !in || w.Code >= 500:
				t.Errorf("%s at %s %s: %d %s", c.name, r.Method, r.Path, w.Code, w.Body)
			}
		}
		if tried < 10 {
			t.Errorf("only %d routes are for people themselves", tried)
		}
		p, err := h.Authenticator.Bearer(t.Context(), tenant.SelectSlug(h.Acme.Slug), c.token)
		if c.code == "tenant_denied" {
			continue // nobody comes of it
		}
		fail(t, err)
		for what, try := range map[string]func() error{
			"their account":  func() error { _, err := h.Authenticator.Own(t.Context(), p, tenancy.OwnAccount); return err },
			"its erasure":    func() error { _, err := h.Authenticator.Own(t.Context(), p, tenancy.EraseAccount); return err },
			"second factors": func() error { _, err := h.Authenticator.OwnFactors(t.Context(), p); return err },
			"a way to sign in": func() error {
				_, err := h.Authenticator.Disconnect(t.Context(), p, strings.Repeat("a", 52))
				return err
			},
		} {
			if err := try(); (err == nil) != (c.code == "") {
				t.Errorf("%s reaches %s, by tenancy: %v", c.name, what, err)
			}
		}
	}

	t.Run("a session that has ended", func(t *testing.T) {
		p, err := h.Authenticator.Bearer(t.Context(), tenant.SelectSlug(h.Acme.Slug), idToken)
		fail(t, err)
		fail(t, h.Authenticator.EndSession(t.Context(), p))
		if _, err := h.Authenticator.Own(t.Context(), p, tenancy.OwnAccount); err == nil {
			t.Error("it acts for its person")
		}
		webtest.WantProblem(t, "its token", h.Call("GET", "/api/v1/account", "", webtest.WithKey(idToken, "acme")), 401, "unauthenticated")
	})
}
