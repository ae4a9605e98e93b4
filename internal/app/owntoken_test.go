package app_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/app/apptest"
	"github.com/bulkhead-saas/bulkhead/internal/inspection"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/clienttoken"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestAProgramsOwnToken: a program's file is inspected by the token that the program hands over, if
// Service B trusts its issuer for that tenant. Without one it is not inspected, and by a token that
// Service B does not trust it is refused there. Nobody who has signed in hands one over.
func TestAProgramsOwnToken(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	own := tenancytest.NewIssuer(t)
	own.Rotate() // keys of one process are the same, in their order
	jwks := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		n := base64.RawURLEncoding.EncodeToString(own.Key().Private.N.Bytes())
		_, _ = fmt.Fprintf(rw, `{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":%q,"n":%q,"e":"AQAB"}]}`, own.Key().ID, n)
	}))
	t.Cleanup(jwks.Close)
	const issuer, audience = "https://id.acme.test", "https://inspection.test"
	s := apptest.StartSite(t, w, func(c *inspection.Config) {
		c.Issuers = append(c.Issuers, clienttoken.Issuer{
			Kind: clienttoken.OIDC, Issuer: issuer, Audience: audience, JWKS: jwks.URL, Tenant: w.Acme.ID.String(),
		})
	})
	token := func(lives time.Duration, change ...any) string {
		at := time.Now()
		c := tenancytest.Claims{"iss": issuer, "aud": audience, "sub": "batch", "iat": at.Unix(), "exp": at.Add(lives).Unix()}
		for i := 0; i < len(change); i += 2 {
			c.Set(change[i].(string), change[i+1])
		}
		return own.Sign(c)
	}
	sound := token(time.Hour)
	robot := func(of vendingtest.Tenant) client {
		admin := newClient(t, s, of, of.Admin)
		var made struct{ Key string }
		if status := admin.call("POST", "/keys", map[string]any{"name": "batch", "role": "editor", "expiresInDays": 7}, &made); status != http.StatusCreated {
			t.Fatalf("making a key is answered %d", status)
		}
		admin.token = made.Key
		return admin
	}
	batch, theirs := robot(w.Acme), robot(w.Globex)
	hand := func(c client, token string) string {
		t.Helper()
		var out struct {
			ID     string
			Upload signed
		}
		if status := c.call("POST", "/uploads", map[string]any{"name": "x.txt", "size": 5, "type": "text/plain", "inspectionToken": token}, &out); status != http.StatusCreated {
			t.Fatalf("announcing is answered %d", status)
		}
		c.send(out.Upload, []byte("hello"))
		return out.ID
	}

	batch.untilInspection(hand(batch, sound), "clean")
	plain := batch.upload("plain.txt", []byte("hello"))
	if f := batch.until(plain, "stored", func(f file) bool { return f.State == "stored" }); f.Inspection.State != "not_asked" {
		t.Errorf("a program without a token: %+v", f)
	}
	theirs.untilInspection(hand(theirs, sound), "refused") // acme's issuer vouches for nobody of globex
	batch.untilInspection(hand(batch, token(time.Hour, "aud", "https://else.test")), "refused")

	for name, x := range map[string]struct {
		by    client
		token string
	}{
		"a person":               {newClient(t, s, w.Acme, w.Acme.Editor), sound},
		"no token":               {batch, "abc"},
		"more than 4 KiB":        {batch, token(time.Hour, "pad", string(make([]byte, 4<<10)))},
		"one that does not end":  {batch, token(time.Hour, "exp", nil)},
		"one that has ended":     {batch, token(-time.Minute)},
		"one with nothing in it": {batch, ".."},
	} {
		var problem struct {
			Errors []struct{ Field string }
		}
		status := x.by.call("POST", "/uploads", map[string]any{"name": "x.txt", "size": 5, "inspectionToken": x.token}, &problem)
		if status != http.StatusBadRequest && status != http.StatusUnprocessableEntity {
			t.Errorf("%s is answered %d %+v", name, status, problem)
		}
	}
}
