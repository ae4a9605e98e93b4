package webtest

import (
	"crypto/rand"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor/secondfactortest"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"net/http"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/sessions"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Kind is a kind of object that routes name by a parameter.
type Kind struct {
	// Segments are what stands before the parameter in a route: "uploads" in "/api/v1/uploads/:id".
	Segments []string
	// Missing is an identifier of the right form that nothing has.
	Missing string
	// Foreign makes an object of globex, and returns its identifier. A new kind needs of h no more
	// than its World: the attacks have no house.
	Foreign func(t *testing.T, h *House) string
}

// Kinds are all kinds of object. To add a feature whose routes have a parameter is to add a line
// here: the stories of isolation then ask for another tenant's object by its true identifier.
func Kinds() []Kind {
	return []Kind{
		{[]string{"uploads", "files"}, strings.Repeat("a", 32), foreignUpload},
		{[]string{"bin", "binned-uploads"}, strings.Repeat("c", 32), foreignBinned},
		{[]string{"versions"}, strings.Repeat("d", 32), foreignVersion},
		{[]string{"users", "people", "second-factors"}, "nobody", foreignPerson},
		{[]string{"keys"}, strings.Repeat("a", 16), foreignKey},
		{[]string{"providers"}, strings.Repeat("a", 10), foreignProvider},
		{[]string{"issuers"}, strings.Repeat("b", 16), foreignIssuer},
		{[]string{"domains"}, "nobody.bulkhead.test", foreignDomain},
		{[]string{"passkeys"}, strings.Repeat("a", 16), foreignPasskey},
		{[]string{"sessions"}, strings.Repeat("a", 24), foreignSession},
		{[]string{"sign-in-methods"}, strings.Repeat("a", 52), foreignLogin},
	}
}

// KindOf returns the kind of object that the route names. ok is false for a route that names none
// but the tenant. It fails for a route whose parameter is of no known kind.
func KindOf(t *testing.T, r door.Route) (k Kind, ok bool) {
	t.Helper()
	before := ""
	for segment := range strings.SplitSeq(r.Path, "/") {
		if !strings.HasPrefix(segment, ":") || segment == ":tenant" {
			before = segment
			continue
		}
		if ok {
			t.Fatalf("%s %s names two objects: teach webtest.KindOf about both", r.Method, r.Path)
		}
		for _, kind := range Kinds() {
			for _, s := range kind.Segments {
				if s == before {
					k, ok = kind, true
				}
			}
		}
		if !ok {
			t.Fatalf("%s %s: nobody knows an object of another tenant for %s: add its kind, with the segment %q, "+
				"to Kinds in web/webtest/foreign.go", r.Method, r.Path, segment, before)
		}
	}
	return k, ok
}

func foreignUpload(t *testing.T, h *House) string {
	t.Helper()
	theirs, _, err := uploads.NewRepository(h.Grant(t, h.Globex.Editor)).Create(t.Context(),
		uploads.Intent{Name: "secret.txt", Size: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return theirs.ID.String()
}

// foreignBinned makes a file of globex and puts it into the bin.
func foreignBinned(t *testing.T, h *House) string {
	t.Helper()
	theirs := uploads.NewRepository(h.Grant(t, h.Globex.Editor))
	id := storeForeign(t, theirs, uploads.ID{})
	if b, err := theirs.Bin(t.Context(), id); err != nil || b.At.IsZero() {
		t.Fatalf("%+v, %v", b, err)
	}
	return id.String()
}

// foreignVersion makes a file of globex that has an earlier version, and returns that.
func foreignVersion(t *testing.T, h *House) string {
	t.Helper()
	theirs := uploads.NewRepository(h.Grant(t, h.Globex.Editor))
	id := storeForeign(t, theirs, uploads.ID{})
	storeForeign(t, theirs, id)
	return id.String()
}

// storeForeign stores a file, or the next version of one.
func storeForeign(t *testing.T, theirs *uploads.Repository, replaces uploads.ID) uploads.ID {
	t.Helper()
	u, signed, err := theirs.Create(t.Context(), uploads.Intent{Name: "secret.txt", Size: 1, Replaces: replaces}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), signed.Method, signed.URL, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range signed.Headers {
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if _, err := theirs.Complete(t.Context(), u.ID); err != nil {
		t.Fatal(err)
	}
	return u.ID
}

func foreignPerson(_ *testing.T, h *House) string { return h.Globex.Viewer.ID.String() }

// foreignPasskey sets up a passkey of somebody of globex, who is nobody else's concern.
func foreignPasskey(t *testing.T, h *House) string {
	t.Helper()
	p := h.Add(t, h.Globex, "passkey-"+strings.ToLower(rand.Text())+"@globex.test", tenant.Viewer)
	tokens, err := h.Services.SignIn.SignInWithPassword(t.Context(), p.Tenant, p.Email, p.Password)
	if err != nil {
		t.Fatal(err)
	}
	who, err := h.Authenticator.Session(t.Context(), tenant.SelectID(p.Tenant.ID), tokens.ID)
	if err != nil {
		t.Fatal(err)
	}
	g, err := h.Machine.Vend(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.Factors.BeginPasskey(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	key := secondfactortest.New(t, vendingtest.Origin, "app.test")
	_, err = h.Factors.AddFactor(t.Context(), g, mfa.FactorAnswer{Passkey: key.Create(t, c.Options), State: c.State, Name: "theirs"})
	if err != nil {
		t.Fatal(err)
	}
	mine, err := h.Factors.OwnFactors(t.Context(), g)
	if err != nil || len(mine.Passkeys) != 1 {
		t.Fatalf("%d passkeys, %v", len(mine.Passkeys), err)
	}
	return mine.Passkeys[0].ID
}

func foreignKey(t *testing.T, h *House) string {
	t.Helper()
	key, _ := h.NewKey(t, h.Globex, tenant.Viewer)
	return key.ID.String()
}

// setForeign changes globex's policy, as its admin did.
func setForeign(t *testing.T, h *House, edit func(*authpolicy.Policy)) {
	t.Helper()
	change := func(p authpolicy.Policy) (authpolicy.Policy, error) {
		edit(&p)
		return p, nil
	}
	if _, err := h.Policies.Change(t.Context(), h.Globex.ID, authpolicies.AnyVersion, change); err != nil {
		t.Fatal(err)
	}
}

func foreignProvider(t *testing.T, h *House) string {
	t.Helper()
	o := authpolicy.OIDC{
		ID: authpolicy.NewProviderID(), Name: "Globex ID", Issuer: "https://id.globex.com", ClientID: "bulkhead", Secret: []byte("sealed"),
		AuthorizationEndpoint: "https://id.globex.com/authorize", TokenEndpoint: "https://id.globex.com/token",
		JWKS: "https://id.globex.com/keys", Algorithms: []string{"RS256"}, State: authpolicy.Tested, First: authpolicy.Refuse,
	}
	setForeign(t, h, func(p *authpolicy.Policy) { p.Providers = []authpolicy.OIDC{o} })
	return o.ID.String()
}

func foreignIssuer(t *testing.T, h *House) string {
	t.Helper()
	i := authpolicy.Issuer{
		Name: "Builds", Issuer: "https://builds.globex.com", JWKS: "https://builds.globex.com/keys", Audience: "bulkhead",
		Algorithms: []string{"RS256"}, Clients: []string{"builds"}, Scopes: map[string]tenant.Role{"files": tenant.Viewer},
	}
	setForeign(t, h, func(p *authpolicy.Policy) { p.Issuers = []authpolicy.Issuer{i} })
	return authsettings.IssuerID(i.Issuer)
}

func foreignDomain(t *testing.T, h *House) string {
	t.Helper()
	d := authpolicy.Domain{Name: "globex.bulkhead.test", Challenge: authpolicy.NewChallenge()}
	setForeign(t, h, func(p *authpolicy.Policy) { p.Domains = []authpolicy.Domain{d} })
	return d.Name
}

func foreignSession(t *testing.T, h *House) string {
	t.Helper()
	g := h.Grant(t, h.Globex.Viewer)
	if err := sessions.Begin(t.Context(), g, sessions.Use{}); err != nil {
		t.Fatal(err)
	}
	return sessions.IDOf(g.Tenant(), g.Principal().User(), g.Principal().SignedIn()).String()
}

func foreignLogin(t *testing.T, h *House) string {
	t.Helper()
	return h.Login(t, h.Globex, h.Globex.Viewer)
}
