package attacks_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
)

// crossover: A's issuer vouches for A and for nobody else, whatever it writes into a token (IF-02).
// Which tenant a token is of, the settings say that name its issuer; never the token.
func crossover(t *testing.T, w *town) {
	a, b := w.realm(t, "acme-id"), w.realm(t, "globex-id")
	ours, theirs := issuerAt(a.Issuer()), issuerAt(b.Issuer())
	w.trust(t, w.a.ID, ours)
	w.trust(t, w.b.ID, theirs)
	defer w.trust(t, w.a.ID)
	defer w.trust(t, w.b.ID)
	for range 2 { // cold and warm
		w.wantIn(t, "acme's own token", w.server, "acme", minted(t, a, nil))
		w.wantIn(t, "globex's own token", w.server, "globex", minted(t, b, nil))
		w.wantOut(t, "acme's own token", w.server, "globex", minted(t, a, nil))
	}

	t.Run("with B's claims", func(t *testing.T) {
		claims := map[string]any{
			"tn": w.b.ID.String(), "rl": "admin", "rg": int(w.b.Region), "firebase": map[string]any{"tenant": w.b.IdentityTenant},
			"sub": w.b.Admin.ID.String(), "email": w.b.Admin.Email, "email_verified": true, "tenant": "globex",
		}
		token := minted(t, a, claims)
		w.wantOut(t, "acme's token that says globex", w.server, "globex", token)
		// At A it is a program of A's, and no person: what it says of globex is nothing to us.
		w.wantIn(t, "the same", w.server, "acme", token)
		x := w.program(t, w.server, "acme", "acme", token)
		if x.body != w.program(t, w.server, "acme", "acme", minted(t, a, nil)).body {
			t.Errorf("the claims of another tenant change what is shown: %.300v", x)
		}
		c := caller{t: t, said: w.said, origin: w.origin, who: "acme", tenant: "acme", token: token}
		if x := c.api("PATCH", "/users/"+w.a.Viewer.ID.String(), `{"role":"admin"}`); x.status != http.StatusForbidden {
			t.Errorf("an admin's claim makes an admin: %v", x)
		}
	})
	t.Run("in B's issuer's name", func(t *testing.T) {
		for what, iss := range map[string]string{
			"globex's issuer": b.Issuer(), "Google's": "https://securetoken.google.com/bulkhead-test",
			"a trailing slash": a.Issuer() + "/", "another case": strings.Replace(a.Issuer(), "acme-id", "Acme-ID", 1),
			"another scheme's case": strings.Replace(a.Issuer(), "http", "HTTP", 1), "a dot": a.Issuer() + "/.", "nobody's": "",
		} {
			for of, kid := range map[string]string{"its own kid": a.KeyID(), "globex's kid": b.KeyID()} {
				token, err := a.Mint(oidc.Minted{
					Client: program, Scope: "files.write", Header: map[string]any{"kid": kid}, Claims: map[string]any{"aud": audience, "iss": iss},
				})
				must(t, err)
				for _, slug := range []string{"globex", "acme"} {
					w.wantOut(t, "a token of "+what+" with "+of, w.server, slug, token)
				}
			}
		}
	})
	t.Run("one kid in both sets", func(t *testing.T) { sameKid(t, w) })
	t.Run("one issuer in both settings", func(t *testing.T) {
		w.trust(t, w.a.ID, ours)
		// Two customers of one identity provider: what tells them apart is the audience, or the
		// client.
		shared := ours
		shared.Audience = "https://api.globex.test"
		w.trust(t, w.b.ID, shared)
		w.wantOut(t, "a token for acme", w.server, "globex", minted(t, a, nil))
		w.wantIn(t, "a token for globex", w.server, "globex", minted(t, a, map[string]any{"aud": shared.Audience}))
		shared.Audience, shared.Clients = ours.Audience, []string{"scanner"}
		w.trust(t, w.b.ID, shared)
		w.wantOut(t, "a token of acme's client", w.server, "globex", minted(t, a, nil))
		w.wantIn(t, "the same", w.server, "acme", minted(t, a, nil))
		w.trust(t, w.b.ID, theirs)
	})
	t.Run("an ID token, and one for a client", func(t *testing.T) {
		for what, m := range map[string]oidc.Minted{
			"an ID token":                  {ID: true, Client: program, Claims: map[string]any{"sub": program, "scope": "files.write"}},
			"an ID token for the API":      {ID: true, Client: audience, Claims: map[string]any{"sub": program, "client_id": program, "scope": "files.write"}},
			"one that is marked as access": {ID: true, Client: program, Claims: map[string]any{"sub": program, "nonce": "n"}, Header: map[string]any{"typ": "at+jwt"}},
			"another client's":             {Client: "stranger", Scope: "files.write", Claims: map[string]any{"aud": audience}},
			"one without a scope":          {Client: program, Claims: map[string]any{"aud": audience}},
			"one with another scope":       {Client: program, Scope: "files.write.not", Claims: map[string]any{"aud": audience}},
		} {
			token, err := a.Mint(m)
			must(t, err)
			w.wantOut(t, what, w.server, "acme", token)
		}
	})
}

// sameKid: A names B's issuer as its own, with a key set of A's, in which A's key has the kid of
// B's. What A believes of itself is A's affair: B's own keys stay what they are, cold and warm.
func sameKid(t *testing.T, w *town) {
	h := newHost(t)
	s := w.serve(t, unlimited, h.may)
	b := w.Cloud.Providers().Realm("globex-id")
	key := newRSA(t)
	h.at("/keys", says(keySet(publicJWK(&key.PublicKey, b.KeyID()))))
	taken := issuerAt(b.Issuer())
	taken.JWKS = h.URL + "/keys"
	s.trust(t, w.a.ID, taken)
	s.trust(t, w.b.ID, issuerAt(b.Issuer()))
	forged := jwt(t, atHeader(b.KeyID()), accessClaims(b.Issuer(), time.Now()), byRSA(t, key))
	for range 2 {
		w.wantIn(t, "A's key in the name of B's issuer", s, "acme", forged)
		w.wantOut(t, "the same", s, "globex", forged)
		w.wantIn(t, "B's own token", s, "globex", minted(t, b, nil))
		w.wantOut(t, "B's own token, by A's key set", s, "acme", minted(t, b, nil))
	}
	// The address of B's key set in A's settings opens A to B's programs, and B to nobody.
	s.trust(t, w.a.ID, authpolicy.Issuer{
		Name: "Twin", Issuer: h.URL + "/twin", JWKS: b.Issuer() + "/keys", Audience: audience, Algorithms: []string{"RS256"},
		Clients: []string{program}, Scopes: taken.Scopes,
	})
	w.wantOut(t, "a token of the twin", s, "globex", jwt(t, atHeader(b.KeyID()), accessClaims(h.URL+"/twin", time.Now()), byRSA(t, key)))
}
