package identity_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"firebase.google.com/go/v4/auth"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
)

const back = "http://127.0.0.1:8080/signed-in?from=idp"

// directory is a tenant's own identity provider, with ann in it.
func (w *world) directory(people ...oidc.User) (issuer string) {
	w.t.Helper()
	var p http.Handler
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { p.ServeHTTP(rw, r) }))
	w.t.Cleanup(srv.Close)
	ann := oidc.User{Subject: "1001", Email: "ann@example.com", EmailVerified: true, Name: "Ann", Password: "of the directory"}
	provider, err := oidc.New(oidc.Config{
		Issuer: srv.URL, Now: w.now, Users: append(people, ann),
		Clients: []oidc.Client{{ID: "acme", Secret: "hush", RedirectURIs: []string{back}}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	p = provider
	return srv.URL
}

func (w *world) provide(tc *auth.TenantClient, issuer string, code bool) {
	w.t.Helper()
	_, err := tc.CreateOIDCProviderConfig(w.t.Context(), new(auth.OIDCProviderConfigToCreate).ID("oidc.acme").Enabled(true).
		Issuer(issuer).ClientID("acme").ClientSecret("hush").CodeResponseType(code).IDTokenResponseType(!code))
	if err != nil {
		w.t.Fatal(err)
	}
}

// start begins a sign-in and returns where to go, and the session id.
func (w *world) start(tenant string) (authURI string, session any) {
	w.t.Helper()
	code, v := w.post("/v1/accounts:createAuthUri", object{"providerId": "oidc.acme", "continueUri": back, "tenantId": tenant})
	if code != 200 {
		w.t.Fatalf("createAuthUri: %d %v", code, v)
	}
	return v["authUri"].(string), v["sessionId"]
}

// at signs somebody in at the provider, as a browser would, and returns the address that the
// browser is sent back to.
func (w *world) at(authURI, email, password string) string {
	w.t.Helper()
	u, err := url.Parse(authURI)
	if err != nil {
		w.t.Fatal(err)
	}
	form := u.Query()
	form.Set("email", email)
	form.Set("password", password)
	u.RawQuery = ""
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.PostForm(u.String(), form)
	if err != nil {
		w.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("at the provider: %s", resp.Status)
	}
	return resp.Header.Get("Location")
}

func (w *world) withIDP(body object) (int, object) {
	w.t.Helper()
	body["returnSecureToken"] = true
	return w.post("/v1/accounts:signInWithIdp", body)
}

func TestSignInAtATenantsProvider(t *testing.T) {
	for name, code := range map[string]bool{"by a code": true, "by an ID token": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tc := w.tenant(w.client(w.ownerKey), "acme")
			acme := tc.TenantID()
			w.provide(tc, w.directory(), code)

			authURI, session := w.start(acme)
			w.restart()
			came := w.at(authURI, "ann@example.com", "of the directory")
			status, v := w.withIDP(object{"requestUri": came, "sessionId": session, "tenantId": acme})
			if status != 200 || v["isNewUser"] != true || v["email"] != "ann@example.com" || v["providerId"] != "oidc.acme" {
				t.Fatalf("%d %v", status, v)
			}
			if err := w.verifyWithCertificates(v["idToken"].(string)); err != nil {
				t.Error(err)
			}
			token := payload(t, v["idToken"])
			firebase := token["firebase"].(object)
			if firebase["sign_in_provider"] != "oidc.acme" || firebase["tenant"] != acme || token["email_verified"] != true {
				t.Errorf("token: %v", token)
			}
			if ids := firebase["identities"].(object)["oidc.acme"].([]any); ids[0] != "1001" {
				t.Errorf("identities: %v", firebase)
			}
			if status, v := w.withIDP(object{"requestUri": came, "sessionId": session, "tenantId": acme}); message(v) != "INVALID_SESSION_ID" {
				t.Errorf("the answer again: %d %v", status, v)
			}
			authURI, session = w.start(acme)
			_, again := w.withIDP(object{"requestUri": w.at(authURI, "ann@example.com", "of the directory"), "sessionId": session, "tenantId": acme})
			if again["localId"] != v["localId"] || again["isNewUser"] != nil {
				t.Errorf("a second sign-in: %v", again)
			}
		})
	}
}

func TestProvidersAnswersAreRefused(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.ownerKey)
	acme, globex := w.tenant(c, "acme"), w.tenant(c, "globex")
	issuer := w.directory()
	w.provide(acme, issuer, true)
	w.provide(globex, issuer, true)

	authURI, session := w.start(acme.TenantID())
	good := w.at(authURI, "ann@example.com", "of the directory")
	otherURI, otherSession := w.start(acme.TenantID())
	otherAnswer := w.at(otherURI, "ann@example.com", "of the directory")
	change := func(answer, name, value string) string {
		u, err := url.Parse(answer)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		q.Set(name, value)
		u.RawQuery = q.Encode()
		return u.String()
	}
	for name, tt := range map[string]struct {
		body object
		want string
	}{
		"in another tenant": {object{"requestUri": good, "sessionId": session, "tenantId": globex.TenantID()}, "INVALID_SESSION_ID"},
		"in the project":    {object{"requestUri": good, "sessionId": session}, "INVALID_SESSION_ID"},
		"without a session": {object{"requestUri": good, "tenantId": acme.TenantID()}, "INVALID_CREDENTIAL_OR_PROVIDER_ID"},
		"of another sign-in": {object{"requestUri": good, "sessionId": otherSession, "tenantId": acme.TenantID()},
			"INVALID_IDP_RESPONSE"},
		"no address": {object{"sessionId": session, "tenantId": acme.TenantID()}, "INVALID_REQUEST_URI"},
	} {
		if code, v := w.withIDP(tt.body); code != 400 || message(v) != tt.want {
			t.Errorf("%s: %d %v, want %s", name, code, v, tt.want)
		}
	}
	// The other sign-in was used up by the attempt; a code slipped into one's own sign-in does not
	// pass PKCE.
	uri, mine := w.start(acme.TenantID())
	stolen, err := url.Parse(otherAnswer)
	if err != nil {
		t.Fatal(err)
	}
	answer := change(w.at(uri, "ann@example.com", "of the directory"), "code", stolen.Query().Get("code"))
	if code, v := w.withIDP(object{"requestUri": answer, "sessionId": mine, "tenantId": acme.TenantID()}); message(v) != "INVALID_IDP_RESPONSE" {
		t.Errorf("another's code: %d %v", code, v)
	}
	for name, alter := range map[string]func(string) string{
		"another state":          func(answer string) string { return change(answer, "state", "x") },
		"at another address":     func(answer string) string { return strings.Replace(answer, "/signed-in", "/elsewhere", 1) },
		"by way of a look-alike": func(answer string) string { return strings.Replace(answer, "127.0.0.1", "127.0.0.2", 1) },
	} {
		uri, mine := w.start(acme.TenantID())
		answer := alter(w.at(uri, "ann@example.com", "of the directory"))
		if code, v := w.withIDP(object{"requestUri": answer, "sessionId": mine, "tenantId": acme.TenantID()}); message(v) != "INVALID_IDP_RESPONSE" {
			t.Errorf("%s: %d %v", name, code, v)
		}
	}
	w.advance(11 * time.Minute)
	if code, v := w.withIDP(object{"requestUri": good, "sessionId": session, "tenantId": acme.TenantID()}); message(v) != "SESSION_EXPIRED" {
		t.Errorf("eleven minutes later: %d %v", code, v)
	}

	start := func(body object) object { _, v := w.post("/v1/accounts:createAuthUri", body); return v }
	if v := start(object{"providerId": "oidc.acme", "continueUri": "https://evil.example/", "tenantId": acme.TenantID()}); message(v) != "UNAUTHORIZED_DOMAIN" {
		t.Errorf("back to nobody knows where: %v", v)
	}
	if v := start(object{"providerId": "oidc.acme", "continueUri": back}); message(v) != "OPERATION_NOT_ALLOWED" {
		t.Errorf("a tenant's provider in the project: %v", v)
	}
	if _, err := acme.UpdateOIDCProviderConfig(t.Context(), "oidc.acme", new(auth.OIDCProviderConfigToUpdate).Enabled(false)); err != nil {
		t.Fatal(err)
	}
	if v := start(object{"providerId": "oidc.acme", "continueUri": back, "tenantId": acme.TenantID()}); message(v) != "OPERATION_NOT_ALLOWED" {
		t.Errorf("a disabled provider: %v", v)
	}
}

// An application may bring an ID token that it got itself. The nonce must be one that it knows.
func TestAnIDTokenOfTheProvider(t *testing.T) {
	w := newWorld(t)
	tc := w.tenant(w.client(w.ownerKey), "acme")
	issuer := w.directory()
	w.provide(tc, issuer, false)
	sum := sha256.Sum256([]byte("raw nonce"))
	came, err := url.Parse(w.at(issuer+"/authorize?"+url.Values{
		"client_id": {"acme"}, "redirect_uri": {back}, "response_type": {"id_token"}, "scope": {"openid"}, "nonce": {hex.EncodeToString(sum[:])},
	}.Encode(), "ann@example.com", "of the directory"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := url.ParseQuery(came.EscapedFragment())
	if err != nil {
		t.Fatal(err)
	}
	bring := func(token, nonce string) object {
		_, v := w.withIDP(object{"requestUri": "http://localhost", "tenantId": tc.TenantID(), "postBody": url.Values{
			"id_token": {token}, "providerId": {"oidc.acme"}, "nonce": {nonce},
		}.Encode()})
		return v
	}
	token := answer.Get("id_token")
	for name, tt := range map[string]struct{ token, nonce, want string }{
		"no nonce":      {token, "", "MISSING_OR_INVALID_NONCE"},
		"another nonce": {token, "guessed", "MISSING_OR_INVALID_NONCE"},
		"the hash":      {token, hex.EncodeToString(sum[:]), "MISSING_OR_INVALID_NONCE"},
		"changed":       {token[:len(token)-8] + "AAAAAAAA", "raw nonce", "INVALID_IDP_RESPONSE"},
		"nothing":       {"", "raw nonce", "INVALID_IDP_RESPONSE"},
	} {
		if v := bring(tt.token, tt.nonce); message(v) != tt.want {
			t.Errorf("%s: %v, want %s", name, v, tt.want)
		}
	}
	if v := bring(token, "raw nonce"); v["idToken"] == nil {
		t.Errorf("good: %v", v)
	}
	w.advance(time.Hour)
	if v := bring(token, "raw nonce"); message(v) != "INVALID_IDP_RESPONSE" {
		t.Errorf("an hour on: %v", v)
	}
}

// Whose address it is decides whether an answer reaches an account that was there before.
func TestProvidersAndAccountsThatExist(t *testing.T) {
	w := newWorld(t)
	tc := w.tenant(w.client(w.ownerKey), "acme")
	acme := tc.TenantID()
	w.provide(tc, w.directory(
		oidc.User{Subject: "1002", Email: "bob@example.com", Name: "Bob", Password: "of the directory"},
		oidc.User{Subject: "1003", Email: "Ann@example.com", EmailVerified: true, Name: "Ann II", Password: "of another"},
	), true)
	w.user(tc, "ann", "ann@example.com", "correct horse")
	w.user(tc, "bob", "bob@example.com", "correct horse")
	sign := func(email, password string, token any) object {
		uri, session := w.start(acme)
		body := object{"requestUri": w.at(uri, email, password), "sessionId": session, "tenantId": acme}
		if token != nil {
			body["idToken"] = token
		}
		_, v := w.withIDP(body)
		return v
	}
	if v := sign("ann@example.com", "of the directory", nil); v["localId"] != "ann" || v["idToken"] == nil {
		t.Errorf("a verified address: %v", v)
	}
	w.signIn(acme, "ann@example.com", "correct horse") // she had verified it herself: her password stays
	if v := sign("ann@example.com", "of another", nil); v["needConfirmation"] != true || v["idToken"] != nil {
		t.Errorf("the same address under another subject: %v", v)
	}
	if v := sign("bob@example.com", "of the directory", nil); v["needConfirmation"] != true || v["idToken"] != nil || v["localId"] != nil {
		t.Errorf("an unverified address: %v", v)
	}
	bob := w.signIn(acme, "bob@example.com", "correct horse")["idToken"]
	if v := sign("ann@example.com", "of the directory", bob); message(v) != "FEDERATED_USER_ID_ALREADY_LINKED" {
		t.Errorf("bob takes ann's identity: %v", v)
	}
	if v := sign("bob@example.com", "of the directory", bob); v["localId"] != "bob" || v["idToken"] == nil {
		t.Errorf("bob links his: %v", v)
	}
	if v := sign("bob@example.com", "of the directory", nil); v["localId"] != "bob" || v["idToken"] == nil {
		t.Errorf("bob, once linked: %v", v)
	}
}

// A second factor stands after a provider too.
func TestSecondFactorAfterAProvider(t *testing.T) {
	w := newWorld(t)
	tc := w.withTOTP(w.client(w.ownerKey), "acme")
	acme := tc.TenantID()
	w.provide(tc, w.directory(), true)
	secret, id := w.enroll(acme)
	w.advance(time.Minute)
	uri, session := w.start(acme)
	_, v := w.withIDP(object{"requestUri": w.at(uri, "ann@example.com", "of the directory"), "sessionId": session, "tenantId": acme})
	if v["idToken"] != nil || v["mfaPendingCredential"] == nil {
		t.Fatalf("without it: %v", v)
	}
	_, v = w.second(acme, v["mfaPendingCredential"], id, w.code(secret, 0))
	if firebase := payload(t, v["idToken"])["firebase"].(object); firebase["sign_in_provider"] != "oidc.acme" || firebase["sign_in_second_factor"] != "totp" {
		t.Errorf("with it: %v", firebase)
	}
}
