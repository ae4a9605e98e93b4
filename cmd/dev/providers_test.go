package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	relying "github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// started is a start's providers on a folder, and a function that ends it.
func started(t *testing.T, data string) ([]devProvider, dev, func()) {
	t.Helper()
	cloud, err := localcloud.Start(t.Context(), localcloudtest.Cheap(localcloud.Config{Dir: filepath.Join(data, "cloud"), Project: project}))
	must(t, err)
	d := dev{data: data, address: "http://localhost:8080", cloud: cloud}
	all, err := d.startProviders()
	must(t, err)
	return all, d, func() { must(t, cloud.Close()) }
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The next start has the same providers, with the same people and secrets, at the same addresses.
func TestProvidersAreTheSameAgain(t *testing.T) {
	data := t.TempDir()
	first, _, stop := started(t, data)
	stop()
	second, d, stop := started(t, data)
	defer stop()
	if diff := cmp.Diff(first, second, cmp.AllowUnexported(devProviderPerson{})); diff != "" {
		t.Error(diff)
	}
	at := d.cloud.Endpoints()
	if diff := cmp.Diff(outside{at.SMTP, at.DNS, []string{at.Providers}}, d.outside()); diff != "" {
		t.Error(diff)
	}
	for _, p := range second {
		if !strings.HasPrefix(p.Issuer, d.outside().Exceptions[0]+"/realms/") {
			t.Errorf("%s is not at the exception %s", p.Issuer, d.outside().Exceptions)
		}
	}
}

// What dev.json says of a provider is enough to sign each person in and to act as each machine, and
// the two providers say different things.
func TestProvidersOfDevJSON(t *testing.T) {
	all, _, stop := started(t, t.TempDir())
	defer stop()
	if len(all) != 2 || all[0].Name != "acme-id" || all[1].Name != "globex-id" {
		t.Fatalf("%+v", all)
	}
	type shape struct {
		Verified bool
		Groups   bool
		Address  string // domain
		UPN      bool   // the subject looks like an address that is not the person's
	}
	want := map[string]shape{"acme-id": {true, true, "acme.bulkhead.test", false}, "globex-id": {false, false, "globex.bulkhead.test", true}}
	for _, p := range all {
		provider, err := relying.NewProvider(t.Context(), p.Issuer)
		must(t, err)
		client := oauth2.Config{
			ClientID: p.ClientID, ClientSecret: p.ClientSecret, RedirectURL: p.RedirectURI, Endpoint: provider.Endpoint(), Scopes: []string{"openid"},
		}
		for _, person := range p.People {
			id := signIn(t, provider, client, person)
			var c struct {
				Email    string
				Verified bool `json:"email_verified"`
				Groups   []string
			}
			must(t, id.Claims(&c))
			_, domain, _ := strings.Cut(c.Email, "@")
			got := shape{c.Verified, len(c.Groups) > 0, domain, strings.Contains(id.Subject, "@") && id.Subject != c.Email}
			if diff := cmp.Diff(want[p.Name], got); diff != "" || id.Subject != person.Subject || c.Email != person.Email {
				t.Errorf("%s of %s: %s", person.Email, p.Name, diff)
			}
			if diff := cmp.Diff(person.Groups, append([]string{}, c.Groups...)); diff != "" {
				t.Errorf("groups of %s: %s", person.Email, diff)
			}
		}
		for _, m := range p.Machines {
			token, err := (&clientcredentials.Config{ClientID: m.ID, ClientSecret: m.Secret, TokenURL: provider.Endpoint().TokenURL}).Token(t.Context())
			if err != nil || token.AccessToken == "" {
				t.Errorf("%s of %s: %v", m.ID, p.Name, err)
			}
		}
	}
	if len(all[0].People) != 3 || len(all[0].Machines) != 1 || len(all[1].People) != 3 || len(all[1].Machines) != 1 {
		t.Errorf("%+v", all)
	}
	b, err := json.Marshal(all[1].People[0])
	if err != nil || !strings.Contains(string(b), `"groups":[]`) {
		t.Errorf("%s, %v", b, err)
	}
}

// signIn signs somebody in as a browser and the application do.
func signIn(t *testing.T, provider *relying.Provider, client oauth2.Config, who devProviderPerson) *relying.IDToken {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	start, err := url.Parse(client.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier)))
	must(t, err)
	form := start.Query()
	form.Set("email", who.Email)
	form.Set("password", who.Password)
	start.RawQuery = ""
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.PostForm(start.String(), form)
	must(t, err)
	res.Body.Close()
	to, err := res.Location()
	must(t, err)
	if !strings.HasPrefix(to.String(), "http://localhost:8080/callback?") {
		t.Fatalf("%s is sent to %s", who.Email, to)
	}
	tokens, err := client.Exchange(t.Context(), to.Query().Get("code"), oauth2.VerifierOption(verifier))
	must(t, err)
	id, err := provider.Verifier(&relying.Config{ClientID: client.ClientID}).Verify(t.Context(), tokens.Extra("id_token").(string))
	must(t, err)
	return id
}
