package identity_test

import (
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

func TestCustomToken(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	key := w.account("web-app", "roles/firebaseauth.admin")
	tc := w.tenant(w.client(w.ownerKey), "acme")
	w.user(tc, "ann", "ann@example.com", "correct horse")
	if err := tc.SetCustomUserClaims(ctx, "ann", map[string]any{"rl": "viewer", "theme": "dark"}); err != nil {
		t.Fatal(err)
	}
	web, err := w.client(key).TenantManager.AuthForTenant(tc.TenantID())
	if err != nil {
		t.Fatal(err)
	}
	token, err := web.CustomTokenWithClaims(ctx, "ann", map[string]any{"tn": "tn-0123456789", "rl": "admin", "rg": 1})
	if err != nil {
		t.Fatal(err)
	}
	code, v := w.withCustom(tc.TenantID(), token)
	if code != 200 || v["isNewUser"] != false || v["expiresIn"] != "3600" {
		t.Fatalf("sign in: %d %v", code, v)
	}
	custom := func(token any) object {
		p := payload(t, token)
		return object{
			"tn": p["tn"], "rl": p["rl"], "rg": p["rg"], "theme": p["theme"], "sub": p["sub"], "email": p["email"],
			"provider": p["firebase"].(object)["sign_in_provider"], "tenant": p["firebase"].(object)["tenant"],
		}
	}
	want := object{
		"tn": "tn-0123456789", "rl": "admin", "rg": 1.0, "theme": "dark", "sub": "ann", "email": "ann@example.com",
		"provider": "custom", "tenant": tc.TenantID(),
	}
	if diff := cmp.Diff(want, custom(v["idToken"])); diff != "" {
		t.Errorf("ID token (-want +got):\n%s", diff)
	}
	// The session keeps its claims, and sees what else the account has by now.
	if err := tc.SetCustomUserClaims(ctx, "ann", map[string]any{"rl": "editor", "theme": "light"}); err != nil {
		t.Fatal(err)
	}
	w.restart()
	code, v = w.refresh(v["refreshToken"])
	if code != 200 {
		t.Fatalf("refresh: %d %v", code, v)
	}
	want["theme"] = "light"
	if diff := cmp.Diff(want, custom(v["id_token"])); diff != "" {
		t.Errorf("refreshed ID token (-want +got):\n%s", diff)
	}
	token, err = web.CustomToken(ctx, "newcomer")
	if err != nil {
		t.Fatal(err)
	}
	if code, v = w.withCustom(tc.TenantID(), token); code != 200 || v["isNewUser"] != true {
		t.Errorf("an unknown user: %d %v", code, v)
	}
}

func TestCustomTokenRefusals(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.ownerKey)
	acme, globex := w.tenant(c, "acme"), w.tenant(c, "globex")
	w.user(acme, "ann", "ann@example.com", "correct horse")
	web := w.signer(w.account("web-app", "roles/firebaseauth.admin"))
	// What every tenant has: an account of its own, for its data.
	tenants := w.signer(w.account("tn-0123456789", "roles/datastore.user"))
	stranger := web
	stranger.email = "web-app@other-project.iam.gserviceaccount.com"

	now := time.Now()
	good := func(s signer) jwt.MapClaims {
		return jwt.MapClaims{
			"iss": s.email, "sub": s.email, "uid": "ann", "tenant_id": acme.TenantID(), "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
			"aud": "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit",
		}
	}
	with := func(s signer, changes jwt.MapClaims) string {
		c := good(s)
		maps.Copy(c, changes)
		maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
		return s.sign(t, c)
	}
	idToken := w.signIn(acme.TenantID(), "ann@example.com", "correct horse")["idToken"].(string)
	if code, v := w.withCustom(acme.TenantID(), with(web, nil)); code != 200 {
		t.Fatalf("the unchanged token: %d %v", code, v)
	}
	for name, tt := range map[string]struct {
		token, tenant string
		code          int
		want          string
	}{
		"no token":               {"", acme.TenantID(), 400, "MISSING_CUSTOM_TOKEN"},
		"nonsense":               {"a.b", acme.TenantID(), 400, "INVALID_CUSTOM_TOKEN"},
		"an ID token":            {idToken, acme.TenantID(), 400, "INVALID_CUSTOM_TOKEN"},
		"another tenant":         {with(web, nil), globex.TenantID(), 400, "TENANT_ID_MISMATCH"},
		"no tenant":              {with(web, nil), "", 400, "TENANT_ID_MISMATCH"},
		"unknown tenant":         {with(web, jwt.MapClaims{"tenant_id": "acme-00000"}), "acme-00000", 400, "TENANT_NOT_FOUND"},
		"a tenant's account":     {with(tenants, nil), acme.TenantID(), 403, "Permission"},
		"another project's":      {with(stranger, nil), acme.TenantID(), 400, "INVALID_CUSTOM_TOKEN"},
		"another account's name": {with(web, jwt.MapClaims{"iss": tenants.email, "sub": tenants.email}), acme.TenantID(), 400, "INVALID_CUSTOM_TOKEN"},
		"two accounts":           {with(web, jwt.MapClaims{"sub": tenants.email}), acme.TenantID(), 400, "INVALID_CUSTOM_TOKEN"},
		"another audience":       {with(web, jwt.MapClaims{"aud": "https://firestore.googleapis.com/"}), acme.TenantID(), 400, "INVALID_CUSTOM_TOKEN"},
		"no audience":            {with(web, jwt.MapClaims{"aud": nil}), acme.TenantID(), 400, "INVALID_CUSTOM_TOKEN"},
		"expired":                {with(web, jwt.MapClaims{"iat": now.Unix() - 3601, "exp": now.Unix() - 1}), acme.TenantID(), 400, "INVALID_CUSTOM_TOKEN"},
		"no expiry":              {with(web, jwt.MapClaims{"exp": nil}), acme.TenantID(), 400, "INVALID_CUSTOM_TOKEN"},
		"more than an hour":      {with(web, jwt.MapClaims{"exp": now.Unix() + 3601}), acme.TenantID(), 400, "INVALID_CUSTOM_TOKEN"},
		"no issue time":          {with(web, jwt.MapClaims{"iat": nil}), acme.TenantID(), 400, "INVALID_CUSTOM_TOKEN"},
		"from the future":        {with(web, jwt.MapClaims{"iat": now.Unix() + 600}), acme.TenantID(), 400, "INVALID_CUSTOM_TOKEN"},
		"no user":                {with(web, jwt.MapClaims{"uid": nil}), acme.TenantID(), 400, "MISSING_IDENTIFIER"},
		"user in another case":   {with(web, jwt.MapClaims{"uid": nil, "UID": "ann"}), acme.TenantID(), 400, "MISSING_IDENTIFIER"},
		"a reserved claim":       {with(web, jwt.MapClaims{"claims": object{"firebase": object{"tenant": "x"}}}), acme.TenantID(), 400, "FORBIDDEN_CLAIM"},
		"unsigned":               {unsigned(t, good(web)), acme.TenantID(), 400, "INVALID_CUSTOM_TOKEN"},
		"RS512":                  {with512(t, web, good(web)), acme.TenantID(), 400, "INVALID_CUSTOM_TOKEN"},
		"signed with a secret":   {hmac(t, good(web)), acme.TenantID(), 400, "INVALID_CUSTOM_TOKEN"},
	} {
		code, v := w.withCustom(tt.tenant, tt.token)
		if code != tt.code || message(v) != tt.want {
			t.Errorf("%s: %d %v, want %d %s", name, code, v, tt.code, tt.want)
		}
	}
}

// signer signs tokens by hand, to sign what the client library would not.
type signer struct {
	email, keyID string
	pem          []byte
}

func (w *world) signer(key []byte) signer {
	w.t.Helper()
	var f struct {
		Email string `json:"client_email"`
		KeyID string `json:"private_key_id"`
		Key   string `json:"private_key"`
	}
	if err := json.Unmarshal(key, &f); err != nil {
		w.t.Fatal(err)
	}
	return signer{f.Email, f.KeyID, []byte(f.Key)}
}

func (s signer) sign(t *testing.T, c jwt.MapClaims) string {
	t.Helper()
	key, err := jwt.ParseRSAPrivateKeyFromPEM(s.pem)
	if err != nil {
		t.Fatal(err)
	}
	unsigned := jwt.NewWithClaims(jwt.SigningMethodRS256, c)
	unsigned.Header["kid"] = s.keyID
	token, err := unsigned.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// bearer is an Authorization header of a credential that the account signs itself.
func (w *world) bearer(key []byte) string {
	w.t.Helper()
	s := w.signer(key)
	now := time.Now()
	return "Bearer " + s.sign(w.t, jwt.MapClaims{
		"iss": s.email, "sub": s.email, "aud": "https://identitytoolkit.googleapis.com/", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	})
}

func unsigned(t *testing.T, c jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodNone, c).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// with512 signs with the right key by an algorithm that is not Google's.
func with512(t *testing.T, s signer, c jwt.MapClaims) string {
	t.Helper()
	key, err := jwt.ParseRSAPrivateKeyFromPEM(s.pem)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodRS512, c).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func hmac(t *testing.T, c jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	return token
}
