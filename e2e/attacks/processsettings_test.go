package attacks_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
)

// TestSettingsInTwoProcesses: what an admin sets in one process bites in the other within 5 s,
// where it is in use all the while: what the API accepts, an issuer, and that a provider is
// required.
func TestSettingsInTwoProcesses(t *testing.T) {
	t.Parallel()
	w := vendingtest.Start(t)
	acme, globex := w.Onboard(t, "acme", tenant.US), w.Onboard(t, "globex", tenant.EU)
	cfg := config(t, w)
	cfg.Limits = unlimited
	first, second := start(t, cfg), start(t, cfg)
	said := new(scroll)
	admin := first.as(t, said, acme.Admin)
	neighbour := second.as(t, said, globex.Viewer)
	colleague := second.as(t, said, acme.Viewer) // signed in with a password, in the second process
	at := func(p *process, c caller) caller { c.origin = p.origin; return c }
	keyed := caller{t: t, said: said, origin: second.origin, who: "acme", tenant: "acme", token: admin.makeKey(t, "for a program").Key}
	ask := func(c caller) exchange { return c.api("GET", "/users?limit=1", "") }

	// travels waits until what was set in the first process is seen by the second.
	travels := func(what string, ask func() exchange, before, after int) exchange {
		t.Helper()
		for set := time.Now(); ; time.Sleep(20 * time.Millisecond) {
			x := ask()
			if x.status == after {
				t.Logf("%s: in the other process after %v", what, time.Since(set).Round(10*time.Millisecond))
				return x
			}
			if x.status != before {
				t.Fatalf("%s, meanwhile: %v", what, x)
			}
			if time.Since(set) > travel+slack {
				t.Fatalf("%s is not known in the other process after %v", what, time.Since(set))
			}
		}
	}

	if x := ask(keyed); x.status != http.StatusOK {
		t.Fatalf("an API key: %v", x)
	}
	admin.accept(t, "token")
	if x := ask(at(first, keyed)); x.status != http.StatusForbidden || x.code() != "credential_refused" {
		t.Errorf("an API key where they were refused: %v", x)
	}
	travels("no API keys", func() exchange { return ask(keyed) }, http.StatusOK, http.StatusForbidden)
	admin.accept(t, "token", "key", "access")
	travels("API keys again", func() exchange { return ask(keyed) }, http.StatusForbidden, http.StatusOK)

	realm, err := w.Cloud.Providers().Add("acme-id", oidc.Config{
		Users: []oidc.User{
			{Subject: "1", Email: "ann@id.acme.test", EmailVerified: true, Name: "Ann", Password: "correct horse"},
			{Subject: "2", Email: "ben@id.acme.test", EmailVerified: true, Name: "Ben", Password: "correct horse"},
		},
		Clients: []oidc.Client{{ID: "bulkhead", Secret: "hush", RedirectURIs: []string{first.origin + "/callback"}}},
	})
	must(t, err)
	program := caller{t: t, said: said, origin: second.origin, who: "acme", tenant: "acme", token: minted(t, realm, nil)}
	form := url.Values{
		"name": {"Builds"}, "issuer": {realm.Issuer()}, "audience": {audience}, "clients": {"builds"}, "scopes": {"files.write = editor"},
	}
	admin.setting(t, "/issuers", form)
	travels("an issuer", func() exchange { return ask(program) }, http.StatusUnauthorized, http.StatusOK)

	o := provider(t, w, acme.Tenant, cfg.SealingKeyset, realm.Issuer())
	codes := admin.setting(t, "/enforcement", url.Values{}) // staged
	if codes.status != http.StatusCreated || !strings.Contains(codes.body, "recovery") {
		t.Fatalf("requiring the provider: %.400v", codes)
	}
	password := func() exchange { return colleague.withPassword(acme.Viewer) }
	if x := travels("the provider is required of whoever is no admin", password, http.StatusOK, http.StatusUnauthorized); x.code() != "sign_in_way" {
		t.Errorf("a password of somebody who is no admin: %v", x)
	}
	if x := ask(colleague); x.status != http.StatusOK {
		t.Errorf("a session from before: %v", x)
	}

	for _, email := range []string{"ann@id.acme.test", "ben@id.acme.test"} { // with the second it is enforced
		signInAt(t, caller{t: t, said: said, origin: first.origin, who: "acme", tenant: "acme"}, o, email)
	}
	for what, ask := range map[string]func() exchange{
		"a token":   func() exchange { return ask(colleague) },
		"a refresh": func() exchange { return colleague.exchange("refreshToken", colleague.refresh) },
	} {
		x := travels(what+" of a session that began with a password", ask, http.StatusOK, http.StatusUnauthorized)
		if x.code() != "sign_in_way" {
			t.Errorf("%s: %v", what, x)
		}
	}
	if x := colleague.page("GET", "/t/acme/people", ""); x.status != http.StatusSeeOther || !strings.Contains(x.header.Get("Location"), "/t/acme/sign-in") {
		t.Errorf("a page of that session: %.400v", x)
	}
	for _, p := range []*process{first, second} {
		c := at(p, colleague)
		if x := c.withPassword(acme.Admin); x.status != http.StatusUnauthorized || x.code() != "sign_in_way" {
			t.Errorf("the admin's password at %s: %v", p.origin, x)
		}
		if x := c.exchange("idToken", w.InitialToken(t, acme.Viewer)); x.status != http.StatusUnauthorized || x.code() != "sign_in_way" {
			t.Errorf("an initial token of a password at %s: %v", p.origin, x)
		}
		if x := ask(at(p, program)); x.status != http.StatusOK {
			t.Errorf("a program pays for it at %s: %v", p.origin, x)
		}
	}
	if x := ask(neighbour); x.status != http.StatusOK {
		t.Errorf("another tenant pays for it: %v", x)
	}
	second.do(order{Do: "emulate"})
	emulated(t, neighbour)
}

// emulated: a variable that has Google's own library skip signatures is set in a process that
// serves (TF-05). Nobody gets in by a token without one.
func emulated(t *testing.T, c caller) {
	t.Helper()
	p := decoded(t, c.token)
	for _, header := range []map[string]any{{"alg": "none"}, {"alg": "none", "kid": nil}, {}} {
		for _, rl := range []string{"viewer", "admin"} {
			nothing := func(string) []byte { return nil }
			raw := jwt(t, with(p.header, header), with(p.claims, map[string]any{"rl": rl}), nothing)
			if x := c.with(raw).api("GET", "/users", ""); x.status != http.StatusUnauthorized {
				t.Errorf("a token with the header %v: %v", header, x)
			}
			if x := c.exchange("idToken", raw); x.status != http.StatusUnauthorized {
				t.Errorf("exchanged: %v", x)
			}
		}
	}
	if x := c.api("GET", "/users", ""); x.status != http.StatusOK {
		t.Errorf("the sound token: %v", x)
	}
}

// withPassword asks for tokens in return for a password.
func (c caller) withPassword(p vendingtest.Person) exchange {
	body := fmt.Sprintf(`{"email":%q,"password":%q}`, p.Email, p.Password)
	return c.api("POST", "/token", body, func(r *http.Request) { r.Header.Del("Authorization") })
}

// accept sets what the API accepts.
func (c caller) accept(t *testing.T, credentials ...string) {
	t.Helper()
	body := `{"api":["` + strings.Join(credentials, `","`) + `"]}`
	x := c.api("PUT", "/settings/authentication", body, header("If-Match", c.api("GET", "/settings/authentication", "").header.Get("ETag")))
	if x.status != http.StatusOK {
		t.Fatalf("accepting %v: %v", credentials, x)
	}
}

// setting submits a form of the page of settings, based on the settings as they are.
func (c caller) setting(t *testing.T, path string, form url.Values) exchange {
	t.Helper()
	form.Set("version", strings.Trim(c.api("GET", "/settings/authentication", "").header.Get("ETag"), `"`))
	x := c.page("POST", "/t/"+c.who+"/settings/sign-in"+path, form.Encode())
	if x.status >= http.StatusBadRequest {
		t.Fatalf("%s: %.400v", path, x)
	}
	return x
}

// provider has the tenant's people sign in at the issuer, by an earlier admin's doing. Somebody
// unknown becomes a viewer.
func provider(t *testing.T, w *vendingtest.World, of tenant.Tenant, keyset, iss string) authpolicy.OIDC {
	t.Helper()
	keys, err := sealing.NewKeys([]byte(keyset))
	must(t, err)
	o := authpolicy.OIDC{
		ID: authpolicy.NewProviderID(), Name: "Acme ID", Issuer: iss, ClientID: "bulkhead",
		AuthorizationEndpoint: iss + "/authorize", TokenEndpoint: iss + "/token", JWKS: iss + "/keys",
		Algorithms: []string{"RS256"}, State: authpolicy.Enabled, First: authpolicy.MakeViewer,
	}
	o.Secret, err = federation.NewClientSecrets(keys).SealClientSecret(of.ID, o.ID, "hush")
	must(t, err)
	_, err = w.Policies.Change(t.Context(), of.ID, authpolicies.AnyVersion, func(p authpolicy.Policy) (authpolicy.Policy, error) {
		p.Providers = append(p.Providers, o)
		return p, nil
	})
	must(t, err)
	return o
}

// signInAt signs somebody in at the provider, as a browser does, from the button to the session.
func signInAt(t *testing.T, c caller, o authpolicy.OIDC, email string) {
	t.Helper()
	if x := arrive(t, c, o, email); x.cookie(t, "__Host-bh-"+c.who) == "" {
		t.Fatalf("arriving: %.400v", x)
	}
}

// arrive is what a browser is answered at last that goes through the provider.
func arrive(t *testing.T, c caller, o authpolicy.OIDC, email string) exchange {
	t.Helper()
	plain := []edit{header("Sec-Fetch-Site", "same-origin"), header("Content-Type", "application/x-www-form-urlencoded")}
	lead := func() exchange {
		return c.send("POST", c.origin+"/t/"+c.who+"/sign-in/provider/"+o.ID.String(), "reason=sign-in", plain...)
	}
	x := lead()
	for began := time.Now(); x.header.Get("Refresh") == "" && time.Since(began) < travel+slack; x = lead() {
		time.Sleep(20 * time.Millisecond) // the settings are on their way
	}
	_, to, ok := strings.Cut(x.header.Get("Refresh"), "url=")
	if !ok {
		t.Fatalf("departing: %.400v", x)
	}
	flow := cookie("__Host-bhf-"+c.who, x.cookie(t, "__Host-bhf-"+c.who))
	there, err := url.Parse(to)
	must(t, err)
	form := there.Query()
	form.Set("email", email)
	form.Set("password", "correct horse")
	x = c.send("POST", fmt.Sprintf("%s://%s%s", there.Scheme, there.Host, there.Path), form.Encode(), plain[1])
	x = c.send("GET", x.header.Get("Location"), "", flow)
	return c.send("GET", c.origin+x.header.Get("Location"), "", flow)
}
