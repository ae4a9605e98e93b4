package identity_test

import (
	"errors"
	"testing"

	"firebase.google.com/go/v4/auth"
	"google.golang.org/api/iterator"
)

func oidcConfig(id string) *auth.OIDCProviderConfigToCreate {
	return new(auth.OIDCProviderConfigToCreate).ID(id).ClientID("client").Issuer("https://idp.example").Enabled(true)
}

func TestProvidersOfOneTenantAreNotAnothers(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c := w.client(w.ownerKey)
	acme, globex := w.tenant(c, "acme"), w.tenant(c, "globex")
	for _, id := range []string{"oidc.a", "oidc.b", "oidc.c"} {
		if _, err := acme.CreateOIDCProviderConfig(ctx, oidcConfig(id)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := globex.CreateOIDCProviderConfig(ctx, oidcConfig("oidc.a").ClientID("theirs")); err != nil {
		t.Fatal(err) // the same id
	}
	if _, err := acme.CreateOIDCProviderConfig(ctx, oidcConfig("oidc.a")); err == nil {
		t.Error("an id was taken twice")
	}
	w.restart()
	if _, err := globex.OIDCProviderConfig(ctx, "oidc.b"); !auth.IsConfigurationNotFound(err) {
		t.Errorf("acme's provider in globex: %v", err)
	}
	if err := globex.DeleteOIDCProviderConfig(ctx, "oidc.b"); !auth.IsConfigurationNotFound(err) {
		t.Errorf("acme's provider deleted in globex: %v", err)
	}
	if got, err := globex.OIDCProviderConfig(ctx, "oidc.a"); err != nil || got.ClientID != "theirs" {
		t.Errorf("globex's own: %+v, %v", got, err)
	}
	if _, err := c.OIDCProviderConfig(ctx, "oidc.a"); !auth.IsConfigurationNotFound(err) {
		t.Errorf("a tenant's provider in the project: %v", err)
	}
	it := acme.OIDCProviderConfigs(ctx, "")
	it.PageInfo().MaxSize = 2
	var got []string
	for {
		p, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p.ID)
	}
	if len(got) != 3 || got[2] != "oidc.c" {
		t.Errorf("in pages of two: %v", got)
	}
	if err := c.TenantManager.DeleteTenant(ctx, acme.TenantID()); err != nil {
		t.Fatal(err)
	}
	if _, err := globex.OIDCProviderConfig(ctx, "oidc.a"); err != nil {
		t.Errorf("globex's, after acme was deleted: %v", err)
	}
}

func TestProviderUpdates(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c := w.client(w.ownerKey)
	acme := w.tenant(c, "acme")
	if _, err := acme.CreateOIDCProviderConfig(ctx, oidcConfig("oidc.a").ClientSecret("hush").CodeResponseType(true).IDTokenResponseType(false)); err != nil {
		t.Fatal(err)
	}
	got, err := acme.UpdateOIDCProviderConfig(ctx, "oidc.a", new(auth.OIDCProviderConfigToUpdate).DisplayName("Acme"))
	if err != nil || got.DisplayName != "Acme" || got.ClientID != "client" || got.ClientSecret != "hush" || !got.CodeResponseType {
		t.Errorf("one field: %+v, %v", got, err)
	}
	viewer, err := w.client(w.account("viewer", "roles/firebaseauth.viewer")).TenantManager.AuthForTenant(acme.TenantID())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := viewer.OIDCProviderConfig(ctx, "oidc.a"); err != nil || got.ClientSecret != "" || got.ClientID != "client" {
		t.Errorf("a viewer reads %+v, %v", got, err)
	}
	path := "/v2/projects/" + project + "/tenants/" + acme.TenantID() + "/oauthIdpConfigs"
	bearer := w.bearer(w.ownerKey)
	for name, tt := range map[string]struct {
		method, path, body string
		code               int
	}{
		"no response type":         {"PATCH", path + "/oidc.a?updateMask=responseType", `{"responseType":{}}`, 400},
		"two response types":       {"PATCH", path + "/oidc.a?updateMask=responseType.idToken", `{"responseType":{"idToken":true}}`, 400},
		"a code without a secret":  {"PATCH", path + "/oidc.a?updateMask=clientSecret", `{}`, 400},
		"no issuer":                {"PATCH", path + "/oidc.a?updateMask=issuer", `{}`, 400},
		"an issuer that is a file": {"PATCH", path + "/oidc.a?updateMask=issuer", `{"issuer":"file:///etc/passwd"}`, 400},
		"an unknown mask":          {"PATCH", path + "/oidc.a?updateMask=name", `{}`, 501},
		"an unknown field":         {"PATCH", path + "/oidc.a?updateMask=displayName", `{"nope":1}`, 501},
		"an id of another kind":    {"POST", path + "?oauthIdpConfigId=saml.a", `{"clientId":"c","issuer":"https://idp.example"}`, 400},
		"an id that walks":         {"POST", path + "?oauthIdpConfigId=oidc.a%2Fb", `{"clientId":"c","issuer":"https://idp.example"}`, 400},
		"an unknown tenant":        {"GET", "/v2/projects/" + project + "/tenants/nobody-00000/oauthIdpConfigs", ``, 404},
		"a certificate of nothing": {"POST", "/v2/projects/" + project + "/inboundSamlConfigs?inboundSamlConfigId=saml.a",
			`{"idpConfig":{"idpEntityId":"e","ssoUrl":"https://idp.example","idpCertificates":[{"x509Certificate":"x"}]},"spConfig":{"spEntityId":"s","callbackUri":"https://x.example"}}`, 400},
	} {
		if code, v := w.do(tt.method, tt.path, "application/json", []byte(tt.body), bearer); code != tt.code {
			t.Errorf("%s: %d %v, want %d", name, code, v, tt.code)
		}
	}
	if got, err := acme.OIDCProviderConfig(ctx, "oidc.a"); err != nil || got.ClientSecret != "hush" {
		t.Errorf("after the refusals: %+v, %v", got, err)
	}
}

func TestLinkedIdentities(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c := w.client(w.ownerKey)
	acme, globex := w.tenant(c, "acme"), w.tenant(c, "globex")
	for _, tc := range []*auth.TenantClient{acme, globex} {
		w.user(tc, "ann", "ann@example.com", "correct horse")
		w.user(tc, "bob", "bob@example.com", "correct horse")
	}
	ofAnn := new(auth.UserToUpdate).PhoneNumber("+15555550100").
		ProviderToLink(&auth.UserProvider{ProviderID: "oidc.a", UID: "subject"})
	if _, err := acme.UpdateUser(ctx, "ann", ofAnn); err != nil {
		t.Fatal(err)
	}
	if _, err := globex.GetUserByProviderUID(ctx, "oidc.a", "subject"); !auth.IsUserNotFound(err) {
		t.Errorf("acme's identity in globex: %v", err)
	}
	if _, err := globex.GetUserByPhoneNumber(ctx, "+15555550100"); !auth.IsUserNotFound(err) {
		t.Errorf("acme's number in globex: %v", err)
	}
	if _, err := globex.UpdateUser(ctx, "bob", ofAnn); err != nil {
		t.Errorf("the same in another tenant: %v", err)
	}
	if _, err := acme.UpdateUser(ctx, "bob", new(auth.UserToUpdate).PhoneNumber("+15555550100")); !auth.IsPhoneNumberAlreadyExists(err) {
		t.Errorf("a taken number: %v", err)
	}
	if _, err := acme.UpdateUser(ctx, "bob", new(auth.UserToUpdate).ProviderToLink(&auth.UserProvider{ProviderID: "oidc.a", UID: "subject"})); err == nil {
		t.Error("a taken identity was linked")
	}
	if _, err := acme.UpdateUser(ctx, "ann", new(auth.UserToUpdate).PhoneNumber("").ProvidersToDelete([]string{"oidc.a"})); err != nil {
		t.Fatal(err)
	}
	if _, err := acme.UpdateUser(ctx, "bob", ofAnn); err != nil {
		t.Errorf("once they are free: %v", err)
	}
	if got, err := acme.GetUserByProviderUID(ctx, "oidc.a", "subject"); err != nil || got.UID != "bob" {
		t.Errorf("%v, %v", got, err)
	}
}
