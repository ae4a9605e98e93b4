package attacks_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2/google"

	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// tokenKinds: everything that is signed, sealed or issued anywhere here, shown at every kind of
// door (TF-06). It opens the one that it is for, and no other.
func tokenKinds(t *testing.T, w *town) {
	p := w.a.Admin
	admin := w.as(t, p)
	operator := w.operatorCookie(t)
	key := w.tenantKey(t)
	foreign := tenancytest.NewIssuer(t) // its key is not Google's, and its project not ours
	foreign.Project = "another-project"

	credentials := map[string]struct{ value, opens string }{
		"an initial token":                            {w.InitialToken(t, p), "exchange"},
		"an exchanged token":                          {admin.token, "api"},
		"a refresh token":                             {admin.refresh, "refresh"},
		"an API key":                                  {w.keyA.Key, "api"},
		"a session":                                   {admin.cookie, "page"},
		"an operator's session":                       {operator, "operator"},
		"an operator's token":                         {w.OperatorToken(t, w.operator), ""},
		"a custom token":                              {w.customToken(t), ""},
		"another project's":                           {foreign.Exchanged(p.Tenant, p.ID.String(), tenant.Admin), ""},
		"another project's, initial":                  {foreign.Initial(p.Tenant, p.ID.String()), ""},
		"another project's, by Google's key":          {w.ofAnotherProject(t, admin.token, nil), ""},
		"another project's, initial, by Google's key": {w.ofAnotherProject(t, w.InitialToken(t, p), nil), ""},
		"another's audience alone":                    {w.ofAnotherProject(t, admin.token, map[string]any{"iss": "https://securetoken.google.com/bulkhead-test"}), ""},
		"another's issuer alone":                      {w.ofAnotherProject(t, admin.token, map[string]any{"aud": "bulkhead-test"}), ""},
		"an account's identity token":                 {accountToken(t, key, w.origin), ""},
		"an account's, for the project":               {accountToken(t, key, "bulkhead-test"), ""},
		"an account's access token":                   {accountToken(t, key, ""), ""},
		"a key file":                                  {url.QueryEscape(string(key)), ""},
		"a password":                                  {p.Password, ""},
		"an API key for the web":                      {w.Cloud.APIKey(), ""},
	}
	attacker := caller{t: t, said: w.said, origin: w.origin, who: "acme", tenant: "acme"}
	doors := map[string]func(string) exchange{
		"api":      func(s string) exchange { return attacker.with(s).api("GET", "/users", "") },
		"exchange": func(s string) exchange { return attacker.exchange("idToken", s) },
		"refresh":  func(s string) exchange { return attacker.exchange("refreshToken", s) },
		"page":     func(s string) exchange { return attacker.with(s).page("GET", "/t/acme/people", "") },
		"operator": func(s string) exchange {
			asks := attacker
			if s == operator {
				asks.who = operators
			}
			return asks.send("GET", w.origin+"/operator", "", cookie("__Host-bho", s))
		},
		"operator's bearer": func(s string) exchange {
			return attacker.send("GET", w.origin+"/operator", "", header("Authorization", "Bearer "+s))
		},
	}
	type try struct{ kind, door string }
	var tries []try
	for kind := range credentials {
		for door := range doors {
			tries = append(tries, try{kind, door})
		}
	}
	crowd(4*len(tries), func(i int) {
		at := tries[i%len(tries)]
		x := doors[at.door](credentials[at.kind].value)
		refused := x.status == http.StatusUnauthorized || x.status == http.StatusSeeOther && strings.Contains(x.header.Get("Location"), "/sign-in")
		if open := credentials[at.kind].opens == at.door; open && x.status != http.StatusOK || !open && !refused {
			t.Errorf("%s at the door %q: %.300v", at.kind, at.door, x)
		}
	})
	for kind, c := range credentials { // and as B's, which is refused as it is for a tenant that is not there
		b := attacker.with(c.value)
		b.tenant = "globex"
		if x := b.api("GET", "/users", ""); x.status != http.StatusUnauthorized && x.code() != "tenant_denied" {
			t.Errorf("%s at globex's door: %.300v", kind, x)
		}
		if x := b.send("GET", w.origin+"/t/globex/people", "", cookie("__Host-bh-globex", c.value)); x.status != http.StatusSeeOther {
			t.Errorf("%s as globex's session: %.300v", kind, x)
		}
		if x := b.exchange("idToken", c.value); x.status != http.StatusUnauthorized && x.code() != "tenant_denied" {
			t.Errorf("%s exchanged at globex's: %.300v", kind, x)
		}
		if x := b.exchange("refreshToken", c.value); x.status != http.StatusUnauthorized && x.code() != "tenant_denied" {
			t.Errorf("%s refreshed at globex's: %.300v", kind, x)
		}
	}
}

// ofAnotherProject is a token with the claims of one of ours, issued for another project by
// Google's own keys, except for the claims in except.
func (w *town) ofAnotherProject(t *testing.T, ours string, except map[string]any) string {
	t.Helper()
	claims := maps.Clone(decoded(t, ours).claims)
	delete(claims, "iss")
	delete(claims, "aud")
	maps.Copy(claims, except)
	token, err := w.Cloud.ForeignIDToken("another-project", claims)
	must(t, err)
	return token
}

// with is the caller with this credential, wherever one is sent.
func (c caller) with(credential string) caller {
	c.token, c.cookie = credential, credential
	return c
}

// exchange asks for tokens in return for a credential.
func (c caller) exchange(kind, credential string) exchange {
	return c.api("POST", "/token", fmt.Sprintf(`{%q:%q}`, kind, credential), func(r *http.Request) { r.Header.Del("Authorization") })
}

func (w *town) operatorCookie(t *testing.T) string {
	t.Helper()
	c := caller{t: t, said: w.said, origin: w.origin}
	const second = "/operator/sign-in/second-factor"
	form := []edit{header("Sec-Fetch-Site", "same-origin"), header("Content-Type", "application/x-www-form-urlencoded")}
	x := c.send("POST", w.origin+"/operator/sign-in", url.Values{"email": {w.operator.Email}, "password": {w.operator.Password}}.Encode(), form...)
	pending := cookie("__Host-bho2", x.cookie(t, "__Host-bho2"))
	// The first sign-in sets an app up: its page shows the secret.
	page := c.send("GET", w.origin+second, "", pending).body
	secret := regexp.MustCompile(`data-testid="secret">([A-Z2-7 ]+)<`).FindStringSubmatch(page)
	state := regexp.MustCompile(`name="state" value="([^"]+)"`).FindStringSubmatch(page)
	if secret == nil || state == nil {
		t.Fatalf("the operator sets no app up: %.300s", page)
	}
	code, err := secondfactor.Code(strings.ReplaceAll(secret[1], " ", ""), time.Now())
	must(t, err)
	x = c.send("POST", w.origin+second, url.Values{"code": {code}, "state": {state[1]}}.Encode(), append(form, pending)...)
	return x.cookie(t, "__Host-bho")
}

// customToken is what the exchange signs in with, and gives to nobody.
func (w *town) customToken(t *testing.T) string {
	t.Helper()
	people, err := w.Web.Identity().TenantManager.AuthForTenant(w.a.IdentityTenant)
	must(t, err)
	token, err := people.CustomTokenWithClaims(t.Context(), w.a.Admin.ID.String(), map[string]any{
		"tn": w.a.ID.String(), "rl": "admin", "rg": int64(w.a.Region),
	})
	must(t, err)
	return token
}

// tenantKey is the key of A's own account, as somebody has it who has stolen it.
func (w *town) tenantKey(t *testing.T) []byte {
	t.Helper()
	bundle, _, err := w.Vault.Get(t.Context(), w.a.ID, w.a.Region)
	must(t, err)
	return bundle.Key
}

// accountToken is what the token endpoint gives to the holder of a key: an identity token for the
// audience, or an access token if there is none.
func accountToken(t *testing.T, key []byte, audience string) string {
	t.Helper()
	cfg, err := google.JWTConfigFromJSON(key, "https://www.googleapis.com/auth/cloud-platform")
	must(t, err)
	if audience != "" {
		cfg.UseIDToken, cfg.Scopes = true, nil
		cfg.PrivateClaims = map[string]any{"target_audience": audience}
	}
	token, err := cfg.TokenSource(t.Context()).Token()
	must(t, err)
	return token.AccessToken
}
