package identity_test

import (
	"net/url"
	"testing"
	"time"

	"firebase.google.com/go/v4/auth"
)

// links switches sign-in by a link on.
func (w *world) links(c *auth.Client, tc *auth.TenantClient) {
	w.t.Helper()
	if _, err := c.TenantManager.UpdateTenant(w.t.Context(), tc.TenantID(), new(auth.TenantToUpdate).EnableEmailLinkSignIn(true)); err != nil {
		w.t.Fatal(err)
	}
}

// latest is the newest message in the mailbox.
func (w *world) latest() (to, kind, code string) {
	w.t.Helper()
	box, err := w.identity.Mailbox(1)
	if err != nil || len(box) != 1 {
		w.t.Fatalf("mailbox: %v, %v", box, err)
	}
	return box[0].To, box[0].Type, box[0].Code
}

func TestEmailLinkSignIn(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.ownerKey)
	acme, globex := w.tenant(c, "acme"), w.tenant(c, "globex")
	w.links(c, acme)
	w.links(c, globex)
	w.user(acme, "ann", "ann@example.com", "correct horse")
	w.user(globex, "ann", "ann@example.com", "correct horse")
	send := object{
		"requestType": "EMAIL_SIGNIN", "email": "ann@example.com", "tenantId": acme.TenantID(), "continueUrl": "http://localhost:8080/x",
		"canHandleCodeInApp": true,
	}
	if code, v := w.post("/v1/accounts:sendOobCode", send); code != 200 || v["oobCode"] != nil {
		t.Fatalf("send: %d %v", code, v)
	}
	to, kind, oob := w.latest()
	if to != "ann@example.com" || kind != "EMAIL_SIGNIN" {
		t.Errorf("mailed %s to %s", kind, to)
	}
	use := func(tenant, email string) object {
		_, v := w.post("/v1/accounts:signInWithEmailLink", object{"email": email, "oobCode": oob, "tenantId": tenant})
		return v
	}
	w.restart()
	for name, tt := range map[string]struct{ tenant, email, want string }{
		"in another tenant": {globex.TenantID(), "ann@example.com", "INVALID_OOB_CODE"},
		"in the project":    {"", "ann@example.com", "INVALID_OOB_CODE"},
		"for another":       {acme.TenantID(), "bob@example.com", "INVALID_EMAIL"},
	} {
		if v := use(tt.tenant, tt.email); message(v) != tt.want {
			t.Errorf("%s: %v, want %s", name, v, tt.want)
		}
	}
	if code, v := w.post("/v1/accounts:resetPassword", object{"oobCode": oob, "newPassword": "another horse", "tenantId": acme.TenantID()}); message(v) != "INVALID_OOB_CODE" {
		t.Errorf("for a new password: %d %v", code, v)
	}
	v := use(acme.TenantID(), "ANN@example.com")
	if v["localId"] != "ann" || v["idToken"] == nil || v["refreshToken"] == nil {
		t.Fatalf("sign in: %v", v)
	}
	if v := use(acme.TenantID(), "ann@example.com"); message(v) != "INVALID_OOB_CODE" {
		t.Errorf("again: %v", v)
	}
	w.signIn(acme.TenantID(), "ann@example.com", "correct horse") // the address was verified: the password stays

	for name, tt := range map[string]struct {
		field string
		value any
		want  string
	}{
		"back to nobody knows where": {"continueUrl", "https://evil.example/", "UNAUTHORIZED_DOMAIN"},
		"back with a look-alike":     {"continueUrl", "https://localhost.evil.example/", "UNAUTHORIZED_DOMAIN"},
		"back with a user":           {"continueUrl", "https://localhost@evil.example/", "INVALID_CONTINUE_URI"},
		"back to a script":           {"continueUrl", "javascript:alert(1)", "INVALID_CONTINUE_URI"},
		"back to nowhere":            {"continueUrl", "", "MISSING_CONTINUE_URI"},
		"the link itself":            {"returnOobLink", true, "INSUFFICIENT_PERMISSION"},
		"an unknown tenant":          {"tenantId", "nobody-00000", "TENANT_NOT_FOUND"},
	} {
		req := object{}
		for k, v := range send {
			req[k] = v
		}
		req[tt.field] = tt.value
		if code, v := w.post("/v1/accounts:sendOobCode", req); message(v) != tt.want {
			t.Errorf("%s: %d %v, want %s", name, code, v, tt.want)
		}
	}
}

// Somebody registers another's address, and waits for its owner.
func TestAnUnverifiedPasswordDoesNotOutliveALink(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.ownerKey)
	acme := w.tenant(c, "acme")
	w.links(c, acme)
	_, squatter := w.post("/v1/accounts:signUp", object{
		"email": "ann@example.com", "password": "of the squatter", "tenantId": acme.TenantID(), "returnSecureToken": true,
	})
	w.post("/v1/accounts:sendOobCode", object{
		"requestType": "EMAIL_SIGNIN", "email": "ann@example.com", "tenantId": acme.TenantID(), "continueUrl": "http://localhost/",
	})
	_, _, oob := w.latest()
	if code, v := w.post("/v1/accounts:signInWithEmailLink", object{"email": "ann@example.com", "oobCode": oob, "tenantId": acme.TenantID()}); code != 200 {
		t.Fatalf("the owner: %d %v", code, v)
	}
	if _, v := w.post("/v1/accounts:signInWithPassword", object{
		"email": "ann@example.com", "password": "of the squatter", "tenantId": acme.TenantID(), "returnSecureToken": true,
	}); message(v) != "INVALID_LOGIN_CREDENTIALS" {
		t.Errorf("the squatter's password: %v", v)
	}
	if _, v := w.refresh(squatter["refreshToken"]); message(v) != "TOKEN_EXPIRED" {
		t.Errorf("the squatter's session: %v", v)
	}
}

func TestALinkRegisters(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.ownerKey)
	acme := w.tenant(c, "acme")
	w.links(c, acme)
	send := object{"requestType": "EMAIL_SIGNIN", "email": "new@example.com", "tenantId": acme.TenantID(), "continueUrl": "http://localhost/"}
	w.post("/v1/accounts:sendOobCode", send)
	_, _, oob := w.latest()
	code, v := w.post("/v1/accounts:signInWithEmailLink", object{"email": "new@example.com", "oobCode": oob, "tenantId": acme.TenantID()})
	if code != 200 || v["isNewUser"] != true {
		t.Fatalf("%d %v", code, v)
	}
	// In the project nobody registers themselves: nothing is mailed, and the answer does not tell.
	_, err := c.UpdateProjectConfig(t.Context(), new(auth.ProjectConfigToUpdate).MultiFactorConfig(auth.MultiFactorConfig{
		ProviderConfigs: []*auth.ProviderConfig{{State: auth.Disabled, TOTPProviderConfig: &auth.TOTPProviderConfig{AdjacentIntervals: 1}}},
	}))
	if err != nil {
		t.Fatal(err)
	}
	if code, v := w.do("PATCH", "/v2/projects/"+project+"/config?updateMask=signIn.email", "application/json",
		[]byte(`{"signIn":{"email":{"enabled":true,"passwordRequired":false}}}`), w.bearer(w.ownerKey)); code != 200 {
		t.Fatalf("%d %v", code, v)
	}
	delete(send, "tenantId")
	if code, v := w.post("/v1/accounts:sendOobCode", send); code != 200 {
		t.Errorf("%d %v", code, v)
	}
	if _, _, latest := w.latest(); latest != oob {
		t.Error("a link to register was mailed where nobody may")
	}
}

func TestAddressesAreVerifiedAndChanged(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.ownerKey)
	acme, globex := w.tenant(c, "acme"), w.tenant(c, "globex")
	w.user(acme, "bob", "bob@example.com", "correct horse")
	_, ann := w.post("/v1/accounts:signUp", object{
		"email": "ann@example.com", "password": "correct horse", "tenantId": acme.TenantID(), "returnSecureToken": true,
	})
	ask := func(kind, newEmail string) (int, object) {
		return w.post("/v1/accounts:sendOobCode", object{"requestType": kind, "idToken": ann["idToken"], "newEmail": newEmail})
	}
	apply := func(tenant, code string) object {
		_, v := w.post("/v1/accounts:update", object{"oobCode": code, "tenantId": tenant})
		return v
	}
	if code, v := w.post("/v1/accounts:sendOobCode", object{"requestType": "VERIFY_EMAIL", "email": "ann@example.com"}); message(v) != "MISSING_ID_TOKEN" {
		t.Errorf("without being ann: %d %v", code, v)
	}
	if code, v := ask("VERIFY_EMAIL", ""); code != 200 {
		t.Fatalf("%d %v", code, v)
	}
	_, _, oob := w.latest()
	if v := apply(globex.TenantID(), oob); message(v) != "INVALID_OOB_CODE" {
		t.Errorf("in another tenant: %v", v)
	}
	if _, v := w.post("/v1/accounts:signInWithEmailLink", object{"email": "ann@example.com", "oobCode": oob, "tenantId": acme.TenantID()}); message(v) != "INVALID_OOB_CODE" {
		t.Errorf("to sign in: %v", v)
	}
	if v := apply(acme.TenantID(), oob); v["emailVerified"] != true {
		t.Errorf("verified: %v", v)
	}
	if v := apply(acme.TenantID(), oob); message(v) != "INVALID_OOB_CODE" {
		t.Errorf("again: %v", v)
	}

	ask("VERIFY_AND_CHANGE_EMAIL", "bob@example.com")
	to, _, oob := w.latest()
	if v := apply(acme.TenantID(), oob); to != "bob@example.com" || message(v) != "EMAIL_EXISTS" {
		t.Errorf("to a taken address: mailed to %s, %v", to, v)
	}
	ask("VERIFY_AND_CHANGE_EMAIL", "ann2@example.com")
	if _, _, oob = w.latest(); apply(acme.TenantID(), oob)["email"] != "ann2@example.com" {
		t.Error("the address did not change")
	}
	if _, v := w.refresh(ann["refreshToken"]); message(v) != "TOKEN_EXPIRED" {
		t.Errorf("a session of the old address: %v", v)
	}

	link, err := acme.EmailVerificationLink(t.Context(), "bob@example.com")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	w.advance(2 * time.Hour)
	if v := apply(acme.TenantID(), u.Query().Get("oobCode")); message(v) != "EXPIRED_OOB_CODE" {
		t.Errorf("two hours on: %v", v)
	}
}

// The local cloud has no Firebase Hosting, so no domain of it can be had for links.
func TestDomainsOfLinks(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.ownerKey)
	tc := w.tenant(c, "acme")
	w.user(tc, "ann", "ann@example.com", "correct horse")
	settings := &auth.ActionCodeSettings{URL: "http://localhost/", HandleCodeInApp: true, LinkDomain: "links.example.com"}
	if _, err := tc.PasswordResetLinkWithSettings(t.Context(), "ann@example.com", settings); !auth.IsInvalidHostingLinkDomain(err) {
		t.Errorf("a domain of Hosting: %v", err)
	}
	code, v := w.do("POST", "/v1/projects/"+project+"/tenants/"+tc.TenantID()+"/accounts:sendOobCode", "application/json", mustJSON(t, object{
		"requestType": "PASSWORD_RESET", "email": "ann@example.com", "dynamicLinkDomain": "example.page.link",
	}), w.bearer(w.ownerKey))
	if code != 400 || message(v) != "INVALID_DYNAMIC_LINK_DOMAIN" {
		t.Errorf("a domain of Dynamic Links: %d %v", code, v)
	}
}
