package web_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/go-json-experiment/json"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// shown is a real credential that the question of an explanation describes.
type shown struct {
	kind  door.Kind
	flaw  tenancy.Flaw
	role  tenant.Role
	edits []func(*http.Request)

	factor bool // its session has proven a second factor
}

// explained asks the API what it says of a route and a credential, as acme's admin.
type explained struct {
	Allowed bool   `json:"allowed"`
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Rules   []struct {
		Name    string `json:"name"`
		Outcome string `json:"outcome"`
		Detail  string `json:"detail"`
	} `json:"rules"`
}

// TestExplanations: for every route, under each of several settings, each kind of credential is
// really sent, and the answer is the one that the explanation gives. An expired ID token is left
// out, for its clock is Google's; idtoken's own tests have it.
func TestExplanations(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	credentials := acmesCredentials(t, h)
	provider := acmesProvider(t, h)
	asAdmin := webtest.WithKey(h.TokenProven(t, h.Acme.Admin, authpolicy.AtProvider(provider), authpolicy.ByPasskey()), "acme")
	walked := 0
	factor := authpolicy.SecondFactor{}.Require(0, time.Now())
	for name, set := range map[string]authpolicy.Policy{
		"everything accepted":    {},
		"no API keys":            {Refused: authpolicy.SetOf(authpolicy.Key)},
		"no access tokens":       {Refused: authpolicy.SetOf(authpolicy.Access)},
		"no passwords":           {Refused: authpolicy.SetOf(authpolicy.Password)},
		"second factor required": {SecondFactor: factor},
	} {
		setPolicy(t, h, set)
		narrow := name != "everything accepted"
		for _, r := range web.Routes() {
			if r.Policy == door.Public || r.Method == "DELETE" && r.Path == "/api/v1/token" { // it would end the session
				continue
			}
			for _, c := range credentials {
				if narrow && r.Method != http.MethodGet || c.flaw != tenancy.Sound && c.role != tenant.Viewer {
					continue // the settings are asked after the credential, and its flaw before any role
				}
				walked++
				if r.Method != http.MethodGet && c.flaw == tenancy.Sound && c.role == tenant.Admin {
					continue // it would change what the rest of the walk looks at
				}
				what := fmt.Sprintf("%s: %s %s with %s %s of %s", name, r.Method, r.Path, c.flaw, c.kind, c.role)
				want := explain(t, h, asAdmin, r, c)
				if r.Permission == tenant.KeyEnd && c.flaw == tenancy.Sound && c.kind == door.APIKeyKind {
					c.edits = []func(*http.Request){webtest.WithKey(keyFor(t, h, r, c.role, ""), "acme")}
				}
				got := h.Call(r.Method, address(r), "{}", append(c.edits, webtest.Header("Accept", "application/json"))...)
				compare(t, what, want, got)
			}
		}
	}
	setPolicy(t, h, authpolicy.Policy{})
	if walked < 800 {
		t.Errorf("only %d combinations walked", walked)
	}
}

// TestWhichRuleRefuses: where two rules would refuse a credential, the answer is the same, and the
// explanation names the first.
func TestWhichRuleRefuses(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	asAdmin := webtest.WithKey(h.TokenProven(t, h.Acme.Admin, authpolicy.WithPassword(), authpolicy.ByCode()), "acme")
	page := door.Route{Method: http.MethodGet, Path: "/t/:tenant/files"}
	for flaw, want := range map[tenancy.Flaw]string{
		tenancy.Expired: "no older, and no longer idle, than the workspace lets it",
		tenancy.Sound:   "",
	} {
		var refused string
		for _, rule := range explain(t, h, asAdmin, page, shown{kind: door.BrowserSession, flaw: flaw, role: tenant.Viewer}).Rules {
			if rule.Outcome == string(door.Refused) {
				refused = rule.Name
			}
		}
		if refused != want {
			t.Errorf("a session that is %s is refused by %q, want %q", flaw, refused, want)
		}
	}
}

func compare(t *testing.T, what string, want explained, got *httptest.ResponseRecorder) {
	t.Helper()
	in := got.Code != http.StatusUnauthorized && got.Code != http.StatusForbidden
	var problem struct {
		Code string `json:"code"`
	}
	if !in {
		if err := json.Unmarshal(got.Body.Bytes(), &problem); err != nil {
			t.Errorf("%s: %d without a problem: %s", what, got.Code, got.Body)
			return
		}
	}
	switch {
	case got.Code >= 500:
		t.Errorf("%s: %d %s", what, got.Code, got.Body)
	case want.Allowed != in:
		t.Errorf("%s: explained as allowed %v, and the answer is %d %s", what, want.Allowed, got.Code, problem.Code)
	case !in && (want.Status != got.Code || want.Code != problem.Code):
		t.Errorf("%s: explained as %d %s, and the answer is %d %s", what, want.Status, want.Code, got.Code, problem.Code)
	}
}

func explain(t *testing.T, h *webtest.House, asAdmin func(*http.Request), r door.Route, c shown) explained {
	t.Helper()
	q := url.Values{
		"route": {r.Method + " " + r.Path}, "credential": {string(c.kind)}, "flaw": {string(c.flaw)}, "role": {c.role.String()},
	}
	if c.factor {
		q.Set("factor", "proven")
	}
	w := h.Call("GET", "/api/v1/explanations?"+q.Encode(), "", asAdmin)
	var e explained
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || w.Code != http.StatusOK {
		t.Fatalf("explanation of %v: %d %s", q, w.Code, w.Body)
	}
	return e
}

// setPolicy has acme refuse what set refuses, and require a second factor if set does.
func setPolicy(t *testing.T, h *webtest.House, set authpolicy.Policy) {
	t.Helper()
	_, err := h.Policies.Change(t.Context(), h.Acme.ID, authpolicies.AnyVersion,
		func(p authpolicy.Policy) (authpolicy.Policy, error) {
			p.Refused, p.SecondFactor = set.Refused, set.SecondFactor
			return p, nil
		})
	if err != nil {
		t.Fatal(err)
	}
}

// acmesCredentials returns one of each kind and flaw, for each role that it can have, with acme's
// issuer set up.
func acmesCredentials(t *testing.T, h *webtest.House) []shown {
	t.Helper()
	now := time.Now()
	people := map[tenant.Role][2]vendingtest.Person{
		tenant.Viewer: {h.Acme.Viewer, h.Globex.Viewer},
		tenant.Editor: {h.Acme.Editor, h.Globex.Editor},
		tenant.Admin:  {h.Acme.Admin, h.Globex.Admin},
	}
	realm := acmesIssuer(t, h)
	to := webtest.Header("X-TenantId", "acme")
	bearer := func(token string) []func(*http.Request) {
		return []func(*http.Request){to, webtest.Header("Authorization", "Bearer "+token), webtest.Header("Content-Type", "application/json")}
	}
	cookie := func(value string) []func(*http.Request) {
		return []func(*http.Request){webtest.Header("Cookie", "__Host-bh-acme="+value)}
	}
	all := []shown{{door.NoCredential, tenancy.Sound, tenant.Viewer, []func(*http.Request){to}, false}}
	all = append(all, operatorsCredentials(t, h, now)...)
	proven := func(p vendingtest.Person) string {
		return h.TokenProven(t, p, authpolicy.WithPassword(), authpolicy.ByCode())
	}
	for role, of := range people {
		foreign := func(r *http.Request) { // globex's session in acme's cookie
			h.SignIn(t, of[1])(r)
			r.Header.Set("Cookie", "__Host-bh-acme="+r.Header.Get("Cookie")[len("__Host-bh-globex="):])
		}
		old := sessioncookie.Session{Tokens: sessioncookie.Tokens{ID: h.Token(t, of[0])}, Created: now.Add(-25 * time.Hour), Seen: now.Add(-9 * time.Hour)}
		all = append(all,
			shown{door.BrowserSession, tenancy.Sound, role, []func(*http.Request){h.SignIn(t, of[0])}, false},
			shown{door.BrowserSession, tenancy.Stale, role, []func(*http.Request){h.Session(t, of[0], now.Add(-11*time.Minute), now)}, false},
			shown{door.BrowserSession, tenancy.Malformed, role, cookie("nothing"), false},
			shown{door.BrowserSession, tenancy.Expired, role, []func(*http.Request){h.Seal(t, of[0], old)}, false},
			shown{door.BrowserSession, tenancy.Foreign, role, []func(*http.Request){foreign}, false},
			shown{door.IDToken, tenancy.Sound, role, bearer(h.Token(t, of[0])), false},
			shown{door.IDToken, tenancy.Sound, role, bearer(proven(of[0])), true},
			shown{door.BrowserSession, tenancy.Sound, role, []func(*http.Request){h.Seal(t, of[0], sessioncookie.Session{
				Tokens: sessioncookie.Tokens{ID: proven(of[0]), Expires: now.Add(time.Hour)}, Created: now, Seen: now, Proved: now,
			})}, true},
			shown{door.IDToken, tenancy.Malformed, role, bearer("nothing"), false},
			shown{door.IDToken, tenancy.Foreign, role, bearer(h.Token(t, of[1])), false},
			shown{door.PersonToken, tenancy.Sound, role, bearer(mintFor(t, h, realm["people-id"], of[0], now)), false},
			shown{door.PersonToken, tenancy.Expired, role, bearer(mintFor(t, h, realm["people-id"], of[0], now.Add(-2*time.Hour))), false},
			shown{door.PersonToken, tenancy.Foreign, role, bearer(mintFor(t, h, realm["globex-id"], of[0], now)), false},
		)
		if role == tenant.Admin {
			continue // no program is one
		}
		_, mine := h.NewKey(t, h.Acme, role)
		_, theirs := h.NewKey(t, h.Globex, role)
		scope := map[tenant.Role]string{tenant.Viewer: "files.read", tenant.Editor: "files.write"}[role]
		all = append(all,
			shown{door.APIKeyKind, tenancy.Sound, role, bearer(mine), false},
			shown{door.APIKeyKind, tenancy.Malformed, role, bearer("bhk_nothing"), false},
			shown{door.APIKeyKind, tenancy.Expired, role, bearer(endedKey(t, h, role)), false},
			shown{door.APIKeyKind, tenancy.Foreign, role, bearer(theirs), false},
			shown{door.AccessToken, tenancy.Sound, role, bearer(mint(t, realm["acme-id"], scope, now)), false},
			shown{door.AccessToken, tenancy.Expired, role, bearer(mint(t, realm["acme-id"], scope, now.Add(-2*time.Hour))), false},
			shown{door.AccessToken, tenancy.Foreign, role, bearer(mint(t, realm["globex-id"], scope, now)), false},
		)
	}
	return all
}

// operatorsCredentials returns an operator's session of each flaw.
func operatorsCredentials(t *testing.T, h *webtest.House, now time.Time) []shown {
	t.Helper()
	under := func(value string) func(*http.Request) { return webtest.Header("Cookie", "__Host-bho="+value) }
	old, err := h.Sessions.SealOperator(sessioncookie.Session{Created: now.Add(-9 * time.Hour), Seen: now.Add(-2 * time.Hour)})
	fail(t, err)
	tenants, err := h.Sessions.Seal(h.Acme.ID, sessioncookie.Session{Created: now, Seen: now})
	fail(t, err)
	return []shown{
		{door.OperatorSession, tenancy.Sound, tenant.Viewer, []func(*http.Request){h.SignInOperator(t, h.AddOperator(t, "walks@bulkhead.test"))}, false},
		{door.OperatorSession, tenancy.Malformed, tenant.Viewer, []func(*http.Request){under("nothing")}, false},
		{door.OperatorSession, tenancy.Expired, tenant.Viewer, []func(*http.Request){under(old)}, false},
		{door.OperatorSession, tenancy.Foreign, tenant.Viewer, []func(*http.Request){under(tenants)}, false},
	}
}

// endedKey is a key of acme's that another process made, and that expired an hour ago.
func endedKey(t *testing.T, h *webtest.House, role tenant.Role) string {
	t.Helper()
	key, secret, err := h.Elsewhere(t).APIKeys().Create(t.Context(), h.Principal(t, h.Acme.Admin),
		tenancy.NewAPIKey{ID: tenant.NewKeyID(), Role: role, Days: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Owner.Registry().Collection("apikeys").Doc(key.ID.String()).Update(t.Context(),
		[]firestore.Update{{Path: "expires", Value: time.Now().Add(-time.Hour)}})
	if err != nil {
		t.Fatal(err)
	}
	return secret.Reveal()
}

// acmesProvider has acme's people sign in at a provider, if they like.
func acmesProvider(t *testing.T, h *webtest.House) authpolicy.ProviderID {
	t.Helper()
	const iss = "https://id.acme.example"
	id := authpolicy.NewProviderID()
	_, err := h.Policies.Change(t.Context(), h.Acme.ID, authpolicies.AnyVersion,
		func(p authpolicy.Policy) (authpolicy.Policy, error) {
			p.Providers = []authpolicy.OIDC{{
				ID: id, Name: "Acme ID", Issuer: iss, ClientID: "bulkhead", Secret: []byte("sealed"),
				AuthorizationEndpoint: iss + "/authorize", TokenEndpoint: iss + "/token", JWKS: iss + "/keys",
				Algorithms: []string{"RS256"}, State: authpolicy.Enabled, First: authpolicy.Refuse,
			}}
			return p, nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

const audience = "https://api.bulkhead.test"

// acmesIssuer starts two realms on one host, and has acme accept access tokens of the first. Their
// paths are all that differs.
func acmesIssuer(t *testing.T, h *webtest.House) map[string]*oidc.Provider {
	t.Helper()
	realms := h.Cloud.Providers()
	made := map[string]*oidc.Provider{}
	for _, name := range []string{"acme-id", "globex-id", "people-id"} {
		p, err := realms.Add(name, oidc.Config{})
		if err != nil {
			t.Fatal(err)
		}
		made[name] = p
	}
	iss, people := made["acme-id"].Issuer(), made["people-id"].Issuer()
	_, err := h.Policies.Change(t.Context(), h.Acme.ID, authpolicies.AnyVersion,
		func(p authpolicy.Policy) (authpolicy.Policy, error) {
			p.Issuers = []authpolicy.Issuer{{
				Name: "Acme builds", Issuer: iss, JWKS: iss + "/keys", Audience: audience, Algorithms: []string{"RS256"},
				Clients: []string{"builds"},
				Scopes:  map[string]tenant.Role{"files.read": tenant.Viewer, "files.write": tenant.Editor},
			}, {
				Name: "Acme people", Issuer: people, JWKS: people + "/keys", Audience: audience, Algorithms: []string{"RS256"},
				Clients: []string{"builds"}, People: true,
			}}
			return p, nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// mintFor returns an access token that stands for a person, whom the tenant then knows by it.
func mintFor(t *testing.T, h *webtest.House, p *oidc.Provider, who vendingtest.Person, issued time.Time) string {
	t.Helper()
	subject := "subject-of-" + who.Role.String()
	h.LoginAt(t, vendingtest.Tenant{Tenant: who.Tenant, Admin: h.Acme.Admin}, who, p.Issuer(), subject)
	return mint(t, p, "files.write", issued, map[string]any{"sub": subject})
}

// mint returns an access token of the realm's own (RFC 9068).
func mint(t *testing.T, p *oidc.Provider, scope string, issued time.Time, claims ...map[string]any) string {
	t.Helper()
	all := map[string]any{"aud": audience, "iat": issued.Unix(), "exp": issued.Add(time.Hour).Unix()}
	for _, more := range claims {
		maps.Copy(all, more)
	}
	token, err := p.Mint(oidc.Minted{Client: "builds", Scope: scope, Claims: all})
	if err != nil {
		t.Fatal(err)
	}
	return token
}
