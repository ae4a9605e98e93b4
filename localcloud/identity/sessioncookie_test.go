package identity_test

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestSessionCookie(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.ownerKey)
	tc := w.tenant(c, "acme")
	w.user(tc, "ann", "ann@example.com", "correct horse")
	ofTenant := w.signIn(tc.TenantID(), "ann@example.com", "correct horse")["idToken"]
	custom, err := c.CustomTokenWithClaims(t.Context(), "bob", map[string]any{"big": 9007199254740993})
	if err != nil {
		t.Fatal(err)
	}
	_, bob := w.withCustom("", custom)
	bearer := w.bearer(w.ownerKey)
	cookieFor := func(path string, token, seconds any) (int, object) {
		return w.do("POST", path, "application/json", mustJSON(t, object{"idToken": token, "validDuration": seconds}), bearer)
	}
	const path = "/v1/projects/" + project + ":createSessionCookie"
	for name, tt := range map[string]struct {
		path           string
		token, seconds any
		want           string
	}{
		"a tenant's token":         {path, ofTenant, "600", "UNSUPPORTED_TENANT_OPERATION"},
		"in a tenant":              {"/v1/projects/" + project + "/tenants/" + tc.TenantID() + ":createSessionCookie", ofTenant, "600", "UNSUPPORTED_TENANT_OPERATION"},
		"too short":                {path, bob["idToken"], "299", "INVALID_SESSION_COOKIE_DURATION"},
		"too long":                 {path, bob["idToken"], 14*24*3600 + 1, "INVALID_SESSION_COOKIE_DURATION"},
		"so long that it is short": {path, bob["idToken"], int64(1) << 62, "INVALID_SESSION_COOKIE_DURATION"},
		"no token":                 {path, "", "600", "MISSING_ID_TOKEN"},
		"nonsense":                 {path, "a.b.c", "600", "INVALID_ID_TOKEN"},
	} {
		if code, v := cookieFor(tt.path, tt.token, tt.seconds); code != 400 || message(v) != tt.want {
			t.Errorf("%s: %d %v, want %s", name, code, v, tt.want)
		}
	}
	code, v := cookieFor(path, bob["idToken"], "86400")
	if code != 200 {
		t.Fatalf("%d %v", code, v)
	}
	cookie := v["sessionCookie"].(string)
	if code, v := cookieFor(path, cookie, "600"); message(v) != "INVALID_ID_TOKEN" {
		t.Errorf("a cookie for a token: %d %v", code, v)
	}
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser(jwt.WithJSONNumber()).ParseUnverified(cookie, claims); err != nil {
		t.Fatal(err)
	}
	if claims["iss"] != "https://session.firebase.google.com/"+project || claims["sub"] != "bob" || claims["big"].(interface{ String() string }).String() != "9007199254740993" {
		t.Errorf("claims: %v", claims)
	}
	token, _, _ := jwt.NewParser().ParseUnverified(cookie, jwt.MapClaims{})
	kid := token.Header["kid"].(string)
	w.advance(13 * 24 * time.Hour) // the key signs for a week; cookies made then live for two more
	if _, certificates := w.do("GET", "/identitytoolkit/v3/relyingparty/publicKeys", "", nil, ""); certificates[kid] == nil {
		t.Error("the cookie's key is not published any more")
	}
	if _, certificates := w.do("GET", certificatePath, "", nil, ""); certificates[kid] != nil {
		t.Error("the cookie's key is published for ID tokens")
	}
}

func TestNoCookieForADeadToken(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.ownerKey)
	custom, err := c.CustomToken(t.Context(), "bob")
	if err != nil {
		t.Fatal(err)
	}
	_, bob := w.withCustom("", custom)
	if err := c.DeleteUser(t.Context(), "bob"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.SessionCookie(t.Context(), bob["idToken"].(string), time.Hour); err == nil {
		t.Error("a deleted user got a cookie")
	}
}
