package identity_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"firebase.google.com/go/v4/auth"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// payload decodes a token without verifying it.
func payload(t *testing.T, token any) object {
	t.Helper()
	c := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token.(string), c); err != nil {
		t.Fatal(err)
	}
	return object(c)
}

func TestPasswordSignIn(t *testing.T) {
	w := newWorld(t)
	tc := w.tenant(w.client(w.ownerKey), "acme")
	w.user(tc, "ann", "ann@example.com", "correct horse")
	if err := tc.SetCustomUserClaims(t.Context(), "ann", map[string]any{"rl": "admin", "rg": 9007199254740993}); err != nil {
		t.Fatal(err)
	}
	v := w.signIn(tc.TenantID(), "ANN@example.com", "correct horse")
	if v["expiresIn"] != "3600" || v["localId"] != "ann" || v["email"] != "ann@example.com" || v["registered"] != true || v["refreshToken"] == "" {
		t.Errorf("answer: %v", v)
	}
	got := payload(t, v["idToken"])
	iat := got["iat"].(float64)
	want := object{
		"iss": "https://securetoken.google.com/" + project, "aud": project, "sub": "ann", "user_id": "ann",
		"auth_time": iat, "iat": iat, "exp": iat + 3600, "name": "Ann", "email": "ann@example.com", "email_verified": true,
		"firebase": object{
			"identities": object{"email": []any{"ann@example.com"}}, "sign_in_provider": "password", "tenant": tc.TenantID(),
		},
		"rl": "admin", "rg": got["rg"],
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ID token (-want +got):\n%s", diff)
	}
	code, self := w.post("/v1/accounts:lookup", object{"idToken": v["idToken"]})
	if code != 200 {
		t.Fatalf("lookup: %d %v", code, self)
	}
	user := self["users"].([]any)[0].(object)
	for _, field := range []string{"createdAt", "lastLoginAt", "validSince"} {
		if _, ok := user[field].(string); !ok {
			t.Errorf("%s is %T, want a string", field, user[field])
		}
	}
}

func TestPasswordSignInRefusals(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c := w.client(w.ownerKey)
	tc := w.tenant(c, "acme")
	w.user(tc, "ann", "ann@example.com", "correct horse")
	w.user(tc, "off", "off@example.com", "correct horse")
	if _, err := tc.UpdateUser(ctx, "off", new(auth.UserToUpdate).Disabled(true)); err != nil {
		t.Fatal(err)
	}
	closed, err := c.TenantManager.CreateTenant(ctx, new(auth.TenantToCreate).DisplayName("closed"))
	if err != nil {
		t.Fatal(err)
	}
	body := func(email, password, tenant string) object {
		return object{"email": email, "password": password, "tenantId": tenant, "returnSecureToken": true}
	}
	for name, tt := range map[string]struct {
		body object
		want string
	}{
		"wrong password":           {body("ann@example.com", "wrong horse", tc.TenantID()), "INVALID_LOGIN_CREDENTIALS"},
		"unknown address":          {body("nobody@example.com", "correct horse", tc.TenantID()), "INVALID_LOGIN_CREDENTIALS"},
		"another tenant's":         {body("ann@example.com", "correct horse", ""), "INVALID_LOGIN_CREDENTIALS"},
		"disabled":                 {body("off@example.com", "correct horse", tc.TenantID()), "USER_DISABLED"},
		"disabled, wrong password": {body("off@example.com", "wrong horse", tc.TenantID()), "INVALID_LOGIN_CREDENTIALS"},
		"unknown tenant":           {body("ann@example.com", "correct horse", "acme-00000"), "TENANT_NOT_FOUND"},
		"injected tenant":          {body("ann@example.com", "correct horse", tc.TenantID()+"/ann"), "TENANT_NOT_FOUND"},
		"no passwords here":        {body("ann@example.com", "correct horse", closed.ID), "PASSWORD_LOGIN_DISABLED"},
		"no password":              {body("ann@example.com", "", tc.TenantID()), "MISSING_PASSWORD"},
		"no address":               {body("", "correct horse", tc.TenantID()), "INVALID_EMAIL"},
		"no address at all":        {body("ann", "correct horse", tc.TenantID()), "INVALID_EMAIL"},
	} {
		code, v := w.post("/v1/accounts:signInWithPassword", tt.body)
		if code != 400 || message(v) != tt.want {
			t.Errorf("%s: %d %v, want %s", name, code, v, tt.want)
		}
	}
	_, wrong := w.post("/v1/accounts:signInWithPassword", body("ann@example.com", "wrong horse", tc.TenantID()))
	_, unknown := w.post("/v1/accounts:signInWithPassword", body("nobody@example.com", "wrong horse", tc.TenantID()))
	if diff := cmp.Diff(wrong, unknown); diff != "" {
		t.Errorf("a wrong password and an unknown address can be told apart:\n%s", diff)
	}
}

func TestTooManyAttempts(t *testing.T) {
	w := newWorld(t)
	tc := w.tenant(w.client(w.ownerKey), "acme")
	w.user(tc, "ann", "ann@example.com", "correct horse")
	try := func(email, password string) string {
		_, v := w.post("/v1/accounts:signInWithPassword", object{"email": email, "password": password, "tenantId": tc.TenantID(), "returnSecureToken": true})
		return message(v)
	}
	for _, email := range []string{"ann@example.com", "nobody@example.com"} {
		answers := make(chan string)
		for range 20 { // at once: no guess may slip past the count
			go func() { answers <- try(email, "wrong horse") }()
		}
		count := map[string]int{}
		for range 20 {
			count[<-answers]++
		}
		if diff := cmp.Diff(map[string]int{"INVALID_LOGIN_CREDENTIALS": 10, "TOO_MANY_ATTEMPTS_TRY_LATER": 10}, count); diff != "" {
			t.Errorf("%s (-want +got):\n%s", email, diff)
		}
	}
	w.restart()
	if got := try("ann@example.com", "correct horse"); got != "TOO_MANY_ATTEMPTS_TRY_LATER" {
		t.Errorf("the right password while locked, after a restart: %q", got)
	}
	w.advance(6 * time.Minute)
	if got := try("ann@example.com", "correct horse"); got != "" {
		t.Errorf("after the lock: %q", got)
	}
}

func TestOldAttemptsAreForgotten(t *testing.T) {
	w := newWorld(t)
	fail := func(n int) {
		for range n {
			email := fmt.Sprintf("nobody%d@example.com", rand.Int64())
			w.post("/v1/accounts:signInWithPassword", object{"email": email, "password": "wrong horse", "returnSecureToken": true})
		}
	}
	fail(12)
	w.advance(6 * time.Minute)
	fail(12)
	if n, err := w.identity.Attempts(); err != nil || n > 18 {
		t.Errorf("%d addresses are remembered after 12 failures within the window, %v", n, err)
	}
}

func TestSignUp(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.ownerKey)
	tc := w.tenant(c, "acme")
	body := object{"email": "new@example.com", "password": "correct horse", "tenantId": tc.TenantID(), "returnSecureToken": true}
	code, v := w.post("/v1/accounts:signUp", body)
	if code != 200 || v["idToken"] == nil {
		t.Fatalf("sign up: %d %v", code, v)
	}
	if code, v = w.post("/v1/accounts:signUp", body); message(v) != "EMAIL_EXISTS" {
		t.Errorf("again: %d %v", code, v)
	}
	path := "/v2/projects/" + project + "/tenants/" + tc.TenantID() + "?updateMask=client.permissions.disabledUserSignup"
	patch := object{"client": object{"permissions": object{"disabledUserSignup": true}}}
	if code, v := w.do("PATCH", path, "application/json", mustJSON(t, patch), w.bearer(w.ownerKey)); code != 200 {
		t.Fatalf("close registration: %d %v", code, v)
	}
	body["email"] = "newer@example.com"
	if code, v = w.post("/v1/accounts:signUp", body); message(v) != "ADMIN_ONLY_OPERATION" {
		t.Errorf("in a closed tenant: %d %v", code, v)
	}
	delete(body, "tenantId")
	if code, v = w.post("/v1/accounts:signUp", body); message(v) != "ADMIN_ONLY_OPERATION" {
		t.Errorf("in the project: %d %v", code, v)
	}
}

func TestAPIKey(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/v1/accounts:signInWithPassword", "/v1/accounts:lookup", "/v1/token"} {
		if code, _ := w.do("POST", path, "application/json", []byte("{}"), ""); code != 403 {
			t.Errorf("%s without a key: %d", path, code)
		}
		code, v := w.do("POST", path+"?key=AIzaSyWrong", "application/json", []byte("{}"), "")
		if want := "API key not valid. Please pass a valid API key."; code != 400 || v["error"].(object)["message"] != want {
			t.Errorf("%s with a wrong key: %d %v", path, code, v)
		}
	}
	key := w.identity.APIKey()
	w.restart()
	if got := w.identity.APIKey(); got != key || len(key) != 39 {
		t.Errorf("API key %q became %q", key, got)
	}
}

func TestWhatIsMissingSaysSo(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct {
		path string
		body object
	}{
		"a method":               {"/v1/accounts:signInWithPhoneNumber", object{}},
		"a field":                {"/v1/accounts:signInWithPassword", object{"email": "a@b.example", "password": "x", "captchaResponse": "x"}},
		"no secure token":        {"/v1/accounts:signInWithPassword", object{"email": "a@b.example", "password": "x"}},
		"a kind of mail":         {"/v1/accounts:sendOobCode", object{"requestType": "RECOVER_EMAIL", "email": "a@b.example"}},
		"another case of a name": {"/v1/accounts:signInWithPassword", object{"Email": "a@b.example", "password": "x"}},
	} {
		if code, v := w.post(tt.path, tt.body); code != 501 || v["error"].(object)["status"] != "UNIMPLEMENTED" {
			t.Errorf("%s: %d %v", name, code, v)
		}
	}
	if code, _ := w.do("POST", "/v1/accounts:lookup?key="+w.identity.APIKey(), "application/json", []byte(`{"idToken":"a","idToken":"b"}`), ""); code != 400 {
		t.Errorf("a name twice: %d", code)
	}
	if code, _ := w.do("POST", "/v1/x/../accounts:lookup", "application/json", []byte(`{}`), ""); code != 404 {
		t.Errorf("an unclean path: %d", code)
	}
}
