package oidc_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
	relying "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const back = "https://app.example/back"

// world is a provider on an HTTP server, and a browser that does not follow where it is sent.
type world struct {
	t       *testing.T
	issuer  string
	browser *http.Client
	offset  atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, browser: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	var p http.Handler
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { p.ServeHTTP(rw, r) }))
	t.Cleanup(srv.Close)
	provider, err := oidc.New(oidc.Config{
		Issuer: srv.URL,
		Now:    func() time.Time { return time.Now().Add(time.Duration(w.offset.Load())) },
		Users:  []oidc.User{{Subject: "1001", Email: "ann@example.com", EmailVerified: true, Name: "Ann", Password: "correct horse"}},
		Clients: []oidc.Client{
			{ID: "app", Secret: "hush", RedirectURIs: []string{back, back + "?x=1"}},
			{ID: "page", RedirectURIs: []string{back}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	p, w.issuer = provider, srv.URL
	return w
}

func request(change ...string) url.Values {
	v := url.Values{
		"client_id": {"app"}, "redirect_uri": {back}, "response_type": {"code"}, "scope": {"openid email"}, "state": {"s&t"}, "nonce": {"n"},
	}
	for i := 0; i < len(change); i += 2 {
		v.Set(change[i], change[i+1])
	}
	return v
}

// signIn fills in the form and returns the status, the page, and where the browser is sent.
func (w *world) signIn(v url.Values, email, password string) (int, string, *url.URL) {
	w.t.Helper()
	v.Set("email", email)
	v.Set("password", password)
	resp, err := w.browser.PostForm(w.issuer+"/authorize", v)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.read(resp)
}

func (w *world) read(resp *http.Response) (int, string, *url.URL) {
	w.t.Helper()
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	to, err := resp.Location()
	if err != nil {
		to = nil
	}
	return resp.StatusCode, string(page), to
}

func (w *world) token(v url.Values) (int, map[string]any) {
	w.t.Helper()
	resp, err := w.browser.PostForm(w.issuer+"/token", v)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, answer
}

// A client that knows nothing of this package signs ann in.
func TestCodeFlow(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	p, err := relying.NewProvider(ctx, w.issuer)
	if err != nil {
		t.Fatal(err)
	}
	client := oauth2.Config{ClientID: "app", ClientSecret: "hush", Endpoint: p.Endpoint(), RedirectURL: back + "?x=1", Scopes: []string{"openid"}}
	verifier := oauth2.GenerateVerifier()
	start, err := url.Parse(client.AuthCodeURL("s&t", relying.Nonce("n"), oauth2.S256ChallengeOption(verifier)))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := w.browser.Get(start.String())
	if err != nil {
		t.Fatal(err)
	}
	if code, page, _ := w.read(resp); code != 200 || !strings.Contains(page, `value="s&amp;t"`) {
		t.Errorf("the form: %d\n%s", code, page)
	}
	code, _, to := w.signIn(start.Query(), "Ann@example.com", "correct horse")
	if code != http.StatusSeeOther || to.Query().Get("state") != "s&t" || to.Query().Get("x") != "1" {
		t.Fatalf("%d %v", code, to)
	}
	tokens, err := client.Exchange(ctx, to.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	id, err := p.Verifier(&relying.Config{ClientID: "app"}).Verify(ctx, tokens.Extra("id_token").(string))
	if err != nil {
		t.Fatal(err)
	}
	if id.Subject != "1001" || id.Nonce != "n" {
		t.Errorf("%+v", id)
	}
}

func TestRequestsThatGoNowhere(t *testing.T) {
	w := newWorld(t)
	for name, v := range map[string]url.Values{
		"an unknown client":       request("client_id", "nobody"),
		"an unknown address":      request("redirect_uri", "https://evil.example/"),
		"a longer address":        request("redirect_uri", back+"/more"),
		"an address with a query": request("redirect_uri", back+"?x=2"),
		"another client's":        request("client_id", "page", "redirect_uri", back+"?x=1"),
		"no address":              request("redirect_uri", ""),
	} {
		resp, err := w.browser.Get(w.issuer + "/authorize?" + v.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if code, _, to := w.read(resp); code != http.StatusBadRequest || to != nil {
			t.Errorf("%s, asked: %d %v", name, code, to)
		}
		if code, _, to := w.signIn(v, "ann@example.com", "correct horse"); code != http.StatusBadRequest || to != nil {
			t.Errorf("%s, with the password: %d %v", name, code, to)
		}
	}
	for name, tt := range map[string]struct {
		v    url.Values
		want string
	}{
		"a token":                     {request("response_type", "token"), "unsupported_response_type"},
		"no openid":                   {request("scope", "email"), "invalid_scope"},
		"an ID token without a nonce": {request("response_type", "id_token", "nonce", ""), "invalid_request"},
		"a plain challenge":           {request("code_challenge", "x", "code_challenge_method", "plain"), "invalid_request"},
		"a public client and no PKCE": {request("client_id", "page"), "invalid_request"},
	} {
		code, _, to := w.signIn(tt.v, "ann@example.com", "correct horse")
		if code != http.StatusSeeOther || to.Host != "app.example" {
			t.Fatalf("%s: %d %v", name, code, to)
		}
		answer := to.Query()
		if to.Fragment != "" {
			answer, _ = url.ParseQuery(to.EscapedFragment())
		}
		if answer.Get("error") != tt.want || answer.Get("state") != "s&t" || answer.Has("code") || answer.Has("id_token") {
			t.Errorf("%s: %v, want %s", name, to, tt.want)
		}
	}
	_, unknown, _ := w.signIn(request(), "nobody@example.com", "correct horse")
	code, wrong, to := w.signIn(request(), "ann@example.com", "wrong")
	if code != http.StatusUnauthorized || to != nil || strings.ReplaceAll(wrong, "ann@", "nobody@") != unknown {
		t.Errorf("a wrong password: %d %v\n%s\n%s", code, to, wrong, unknown)
	}
}

func TestCodesThatAreGoodForNothing(t *testing.T) {
	w := newWorld(t)
	verifier := oauth2.GenerateVerifier()
	code := func(change ...string) string {
		t.Helper()
		change = append([]string{"code_challenge", oauth2.S256ChallengeFromVerifier(verifier), "code_challenge_method", "S256"}, change...)
		_, _, to := w.signIn(request(change...), "ann@example.com", "correct horse")
		return to.Query().Get("code")
	}
	trade := func(code string, change ...string) url.Values {
		v := url.Values{
			"grant_type": {"authorization_code"}, "client_id": {"app"}, "client_secret": {"hush"}, "redirect_uri": {back},
			"code": {code}, "code_verifier": {verifier},
		}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	used := code()
	if status, v := w.token(trade(used)); status != 200 {
		t.Fatalf("%d %v", status, v)
	}
	for name, tt := range map[string]struct {
		v    url.Values
		want string
	}{
		"used":                  {trade(used), "invalid_grant"},
		"invented":              {trade("x"), "invalid_grant"},
		"without its verifier":  {trade(code(), "code_verifier", ""), "invalid_grant"},
		"with another verifier": {trade(code(), "code_verifier", oauth2.GenerateVerifier()), "invalid_grant"},
		"a verifier for none":   {trade(code("code_challenge", "", "code_challenge_method", "")), "invalid_grant"},
		"for another address":   {trade(code(), "redirect_uri", back+"?x=1"), "invalid_grant"},
		"by another client":     {trade(code(), "client_id", "page", "client_secret", ""), "invalid_grant"},
		"without the secret":    {trade(code(), "client_secret", ""), "invalid_client"},
		"with a wrong secret":   {trade(code(), "client_secret", "hus"), "invalid_client"},
		"by nobody":             {trade(code(), "client_id", "nobody"), "invalid_client"},
		"for something else":    {trade(code(), "grant_type", "password"), "unsupported_grant_type"},
	} {
		if status, v := w.token(tt.v); status < 400 || v["error"] != tt.want || v["id_token"] != nil {
			t.Errorf("a code %s: %d %v, want %s", name, status, v, tt.want)
		}
	}
	old := code()
	w.offset.Store(int64(2 * time.Minute))
	if _, v := w.token(trade(old)); v["error"] != "invalid_grant" {
		t.Errorf("a code of two minutes ago: %v", v)
	}
}
