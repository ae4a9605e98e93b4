package authsettings_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
)

// TestAProvidersWay: added, mirrored, tested, enabled, changed, read again, disabled, removed.
func TestAProvidersWay(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	admin := w.Grant(t, w.Acme.Admin)
	o, err := w.AddProvider(ctx, admin, 0, w.newProvider())
	must(t, err)
	if o.State != authpolicy.Draft || o.First != authpolicy.Refuse || o.JWKS != w.realm.Issuer()+"/keys" {
		t.Errorf("a new provider is %+v", o)
	}
	if got := w.atGoogle(t, o.ID); got != "Acme ID" {
		t.Errorf("Identity Platform calls it %q", got)
	}
	opened, err := w.secrets.OpenClientSecret(w.Acme.ID, o.ID, w.policy(t, w.Acme.ID).Providers[0].Secret)
	if err != nil || opened != secret {
		t.Errorf("the sealed secret opens as %q, %v", opened, err)
	}
	if _, err := w.secrets.OpenClientSecret(w.Globex.ID, o.ID, o.Secret); err == nil {
		t.Error("the secret opens for another tenant")
	}
	if err := w.EnableProvider(ctx, admin, 1, o.ID); !errors.Is(err, authsettings.ErrUntested) {
		t.Errorf("enabling a draft: %v, want ErrUntested", err)
	}
	w.set(t, func(p *authpolicy.Policy) { p.Providers[0].State = authpolicy.Tested })

	// Another secret has to be tested anew.
	change := authsettings.ProviderChange{Name: "Acme", ClientID: "bulkhead", Secret: secret + "2", First: authpolicy.MakeViewer}
	must(t, w.UpdateProvider(ctx, admin, 2, o.ID, change))
	if now, err := w.Provider(ctx, admin, o.ID); err != nil || now.State != authpolicy.Draft || now.Name != "Acme" || now.First != authpolicy.MakeViewer {
		t.Errorf("changed: %+v, %v", now, err)
	}
	if got := w.atGoogle(t, o.ID); got != "Acme" {
		t.Errorf("after the change Identity Platform calls it %q", got)
	}
	w.set(t, func(p *authpolicy.Policy) { p.Providers[0].State = authpolicy.Tested })
	must(t, w.EnableProvider(ctx, admin, 4, o.ID))
	change.Secret, change.GroupsClaim, change.Groups = "", "groups", map[string]tenant.Role{"ops": tenant.Admin}
	must(t, w.UpdateProvider(ctx, admin, 5, o.ID, change))
	w.realm.Misbehave(oidc.Discovery, oidc.Document(map[string]any{"jwks_uri": w.realm.Issuer() + "/other-keys"}))
	must(t, w.RereadProvider(ctx, admin, 6, o.ID))
	now, err := w.Provider(ctx, admin, o.ID)
	if err != nil || now.JWKS != w.realm.Issuer()+"/other-keys" || now.State != authpolicy.Enabled || now.Groups["ops"] != tenant.Admin {
		t.Errorf("read again: %+v, %v", now, err)
	}
	must(t, w.DisableProvider(ctx, admin, 7, o.ID))
	must(t, w.RemoveProvider(ctx, admin, 8, o.ID))
	if got := w.atGoogle(t, o.ID); got != "" {
		t.Errorf("it is gone, and at Identity Platform still called %q", got)
	}
	if _, err := w.Provider(ctx, admin, o.ID); !errors.Is(err, authsettings.ErrNotFound) {
		t.Errorf("it is gone: %v, want ErrNotFound", err)
	}

	found := w.entries(t, admin)
	for _, action := range []string{"add", "change", "enable", "reread", "disable", "remove"} {
		for _, stage := range []string{".request", ""} {
			if e := found["authentication.provider."+action+stage]; e.ID != o.ID.String() {
				t.Errorf("the audit says of %s%s: %+v", action, stage, e)
			}
		}
	}
}

// TestRefusedAddressesAreRecorded: the audit names the host and the rule, and nothing else of the
// address. An address that does not answer was not refused.
func TestRefusedAddressesAreRecorded(t *testing.T) {
	w := newWorld(t)
	admin := w.Grant(t, w.Acme.Admin)
	realm := w.realm.Issuer()
	at, err := url.Parse(realm)
	must(t, err)
	host := at.Host
	var want []string
	for _, tt := range []struct {
		address string
		fault   oidc.Fault // of the realm
		want    string
	}{
		{"https://127.0.0.1/realms/acme", oidc.Fault{}, "127.0.0.1: host"},
		{"http://169.254.169.254/latest", oidc.Fault{}, "169.254.169.254: scheme"},
		{"https://ada:hunter2@login.example.com/", oidc.Fault{}, "login.example.com: userinfo"},
		{"https://login.example.com:22/", oidc.Fault{}, "login.example.com:22: port"},
		{realm, oidc.RedirectTo("http://169.254.169.254/"), host + ": redirect"},
		{realm, oidc.Document(map[string]any{"jwks_uri": "https://10.0.0.1/keys"}), host + ": host"},
		{realm, oidc.Status(503), ""},
	} {
		w.realm.Behave()
		if tt.address == realm {
			w.realm.Misbehave(oidc.Discovery, tt.fault)
		}
		if _, err := w.Discover(t.Context(), admin, tt.address); !errors.Is(err, authsettings.ErrAddress) {
			t.Errorf("%s: %v", tt.address, err)
		}
		if tt.want != "" {
			want = append(want, tt.want)
		}
	}
	docs, err := admin.Database().Collection("audit").Where("action", "==", "authentication.address.refused").Documents(t.Context()).GetAll()
	must(t, err)
	var got []string
	for _, doc := range docs {
		got = append(got, fmt.Sprintf("%v: %v", doc.Data()["before"], doc.Data()["after"]))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the audit says (-want +got):\n%s", diff)
	}
}

// TestBadProviders: each fault of an address or of what answers there is one sentence, and nothing
// is stored, here or at Identity Platform.
func TestBadProviders(t *testing.T) {
	w := newWorld(t)
	admin := w.Grant(t, w.Acme.Admin)
	issuerURL := w.realm.Issuer()
	type change = func(*authsettings.NewProvider)
	at := func(address string) change { return func(n *authsettings.NewProvider) { n.Issuer = address } }
	for name, tt := range map[string]struct {
		fault oidc.Fault
		edit  change
		want  error
		says  string
	}{
		"a web page":              {oidc.HTML(), nil, authsettings.ErrAddress, "web page"},
		"another issuer":          {oidc.OtherIssuer("https://evil.example.com"), nil, authsettings.ErrAddress, `"https://evil.example.com"`},
		"a redirect loop":         {oidc.RedirectLoop(), nil, authsettings.ErrAddress, "redirect"},
		"a redirect to metadata":  {oidc.RedirectTo("http://169.254.169.254/"), nil, authsettings.ErrAddress, "redirect"},
		"down":                    {oidc.Status(503), nil, authsettings.ErrAddress, "503"},
		"silent":                  {oidc.Hang(), nil, authsettings.ErrAddress, "in time"},
		"no keys' address":        {oidc.Document(map[string]any{"jwks_uri": nil}), nil, authsettings.ErrAddress, "jwks_uri"},
		"keys at metadata":        {oidc.Document(map[string]any{"jwks_uri": "http://169.254.169.254/keys"}), nil, authsettings.ErrAddress, "jwks_uri"},
		"bad algorithms":          {oidc.Document(map[string]any{"id_token_signing_alg_values_supported": []string{"HS256"}}), nil, authsettings.ErrAddress, "RS256"},
		"an address of a machine": {oidc.Fault{}, at("https://127.0.0.1/realms/acme"), authsettings.ErrAddress, "number"},
		"metadata":                {oidc.Fault{}, at("http://metadata.google.internal/"), authsettings.ErrAddress, "https"},
		"no address":              {oidc.Fault{}, at("acme"), authsettings.ErrAddress, "https"},
		"the document's address":  {oidc.Fault{}, at(issuerURL + "/.well-known/openid-configuration"), authsettings.ErrAddress, "before /.well-known"},
		"no name":                 {oidc.Fault{}, func(n *authsettings.NewProvider) { n.Name = "" }, authsettings.ErrInvalid, "name"},
		"no client":               {oidc.Fault{}, func(n *authsettings.NewProvider) { n.ClientID = "" }, authsettings.ErrInvalid, "client id"},
		"no secret":               {oidc.Fault{}, func(n *authsettings.NewProvider) { n.Secret = "" }, authsettings.ErrInvalid, "client secret"},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.edit == nil {
				w.realm.Misbehave(oidc.Discovery, tt.fault)
				defer w.realm.Behave()
			}
			n := w.newProvider()
			if tt.edit != nil {
				tt.edit(&n)
			}
			_, err := w.AddProvider(t.Context(), admin, 0, n)
			if says := authsettings.Sentence(err); !errors.Is(err, tt.want) || !strings.Contains(says, tt.says) || !strings.HasSuffix(says, ".") {
				t.Errorf("%v: %q, want %v and %q", err, says, tt.want, tt.says)
			}
		})
	}
	if diff := cmp.Diff(int64(0), w.version(t)); diff != "" {
		t.Errorf("something was stored: %s", diff)
	}

	// What was there stays while its provider is down.
	o, err := w.AddProvider(t.Context(), admin, 0, w.newProvider())
	must(t, err)
	w.realm.Misbehave(oidc.Discovery, oidc.Status(500))
	if err := w.RereadProvider(t.Context(), admin, 1, o.ID); !errors.Is(err, authsettings.ErrAddress) {
		t.Errorf("reading a provider again that is down: %v", err)
	}
	if now, err := w.Provider(t.Context(), admin, o.ID); err != nil || now.JWKS != o.JWKS {
		t.Errorf("then it is %+v, %v", now, err)
	}
}

// TestIssuers: of API bearers; never one that makes a program an admin.
func TestIssuers(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	admin := w.Grant(t, w.Acme.Admin)
	good := authsettings.NewIssuer{
		Name: "Builds", Issuer: w.realm.Issuer(), Audience: "https://api.acme.example", Clients: []string{"builds"},
		Scopes: map[string]tenant.Role{"files.write": tenant.Editor},
	}
	must(t, w.AddIssuer(ctx, admin, 0, good))
	if i, ok := w.policy(t, w.Acme.ID).IssuerOf(w.realm.Issuer()); !ok || i.JWKS != w.realm.Issuer()+"/keys" {
		t.Errorf("discovered: %+v, %v", i, ok)
	}
	if err := w.AddIssuer(ctx, admin, 1, good); !errors.Is(err, authsettings.ErrExists) {
		t.Errorf("the same again: %v, want ErrExists", err)
	}
	with := func(edit func(*authsettings.NewIssuer)) authsettings.NewIssuer {
		n := good
		n.Issuer = "https://other.example.com"
		edit(&n)
		return n
	}
	for name, tt := range map[string]struct {
		n    authsettings.NewIssuer
		want error
	}{
		"a program as admin": {with(func(n *authsettings.NewIssuer) { n.Scopes = map[string]tenant.Role{"x": tenant.Admin} }), authsettings.ErrInvalid},
		"no clients":         {with(func(n *authsettings.NewIssuer) { n.Clients = nil }), authsettings.ErrInvalid},
		"no scopes":          {with(func(n *authsettings.NewIssuer) { n.Scopes = nil }), authsettings.ErrInvalid},
		"people by scope":    {with(func(n *authsettings.NewIssuer) { n.People = true }), authsettings.ErrInvalid},
		"no audience":        {with(func(n *authsettings.NewIssuer) { n.Audience = "" }), authsettings.ErrInvalid},
		"keys at metadata":   {with(func(n *authsettings.NewIssuer) { n.JWKS = "https://169.254.169.254/keys" }), authsettings.ErrAddress},
		"keys in the clear":  {with(func(n *authsettings.NewIssuer) { n.JWKS = "http://keys.acme.com/keys" }), authsettings.ErrAddress},
		"an issuer inside":   {with(func(n *authsettings.NewIssuer) { n.Issuer, n.JWKS = "https://localhost/x", "https://keys.acme.com/k" }), authsettings.ErrAddress},
	} {
		if err := w.AddIssuer(ctx, admin, 1, tt.n); !errors.Is(err, tt.want) || authsettings.Sentence(err) == "" {
			t.Errorf("%s: %v, want %v and a sentence", name, err, tt.want)
		}
	}
	id := authsettings.IssuerID(w.realm.Issuer())
	if err := w.RemoveIssuer(ctx, w.Grant(t, w.Globex.Admin), 0, id); !errors.Is(err, authsettings.ErrNotFound) {
		t.Errorf("globex's admin removes acme's issuer: %v, want ErrNotFound", err)
	}
	must(t, w.RemoveIssuer(ctx, admin, 1, id))
	if n := len(w.policy(t, w.Acme.ID).Issuers); n != 0 || w.version(t) != 2 {
		t.Errorf("%d issuers are left, version %d", n, w.version(t))
	}
}
