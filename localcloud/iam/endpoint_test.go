package iam_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc/codes"
)

const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// grant posts to the token endpoint.
func (w *world) grant(grantType, assertion string) (int, map[string]any) {
	w.t.Helper()
	res, err := http.PostForm(w.http.URL+"/token", url.Values{"grant_type": {grantType}, "assertion": {assertion}})
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, answer
}

// assertion signs claims for the token endpoint with the key of file, changed as the test wants.
func (w *world) assertion(file []byte, change jwt.MapClaims) string {
	w.t.Helper()
	f, private := parseKeyFile(w.t, file)
	claims := jwt.MapClaims{
		"iss": f.ClientEmail, "aud": f.TokenURI, "scope": cloudPlatform,
		"iat": w.now().Unix(), "exp": w.now().Add(time.Hour).Unix(),
	}
	for k, v := range change {
		claims[k] = v
	}
	return signJWT(w.t, jwt.SigningMethodRS256, f.PrivateKeyID, private, claims, nil)
}

func (w *world) exchange(file []byte) (int, map[string]any) {
	w.t.Helper()
	return w.grant(jwtBearer, w.assertion(file, nil))
}

func TestTokenEndpoint(t *testing.T) {
	w := newWorld(t)
	a := w.account("web-server")
	_, file := w.key(a)
	code, answer := w.exchange(file)
	value, _ := answer["access_token"].(string)
	if code != http.StatusOK || !strings.HasPrefix(value, "ya29.") || answer["token_type"] != "Bearer" || answer["expires_in"] != 3599.0 {
		t.Fatalf("%d %v", code, answer)
	}
	caller, err := w.authenticate("Bearer " + value)
	if err != nil || caller.Email != a.Email || caller.KeyID != "" {
		t.Errorf("caller %+v, %v", caller, err)
	}
	for _, path := range []string{"/oauth2/v4/token", "/o/oauth2/token"} { // where older clients look for it
		res, err := http.PostForm(w.http.URL+path, url.Values{"grant_type": {jwtBearer}, "assertion": {w.assertion(file, nil)}})
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	_, err = w.authenticate("Bearer " + value[:len(value)-1])
	wantCode(t, "a token cut short", err, codes.Unauthenticated)
}

func TestTokenEndpointRefusals(t *testing.T) {
	w := newWorld(t)
	a, other := w.account("web-server"), w.account("web-worker")
	_, file := w.key(a)
	for name, c := range map[string]struct{ grantType, assertion, want string }{
		"another grant":       {"client_credentials", w.assertion(file, nil), "unsupported_grant_type"},
		"no grant":            {"", w.assertion(file, nil), "unsupported_grant_type"},
		"no assertion":        {jwtBearer, "", "invalid_grant"},
		"nonsense":            {jwtBearer, "a.b.c", "invalid_grant"},
		"another audience":    {jwtBearer, w.assertion(file, jwt.MapClaims{"aud": firestoreAud}), "invalid_grant"},
		"no audience":         {jwtBearer, w.assertion(file, jwt.MapClaims{"aud": ""}), "invalid_grant"},
		"expired":             {jwtBearer, w.assertion(file, jwt.MapClaims{"iat": 1, "exp": 2}), "invalid_grant"},
		"too long":            {jwtBearer, w.assertion(file, jwt.MapClaims{"exp": w.now().Add(2 * time.Hour).Unix()}), "invalid_grant"},
		"another account":     {jwtBearer, w.assertion(file, jwt.MapClaims{"iss": other.Email}), "invalid_grant"},
		"its unique id":       {jwtBearer, w.assertion(file, jwt.MapClaims{"iss": a.UniqueId}), "invalid_grant"},
		"no scope":            {jwtBearer, w.assertion(file, jwt.MapClaims{"scope": " "}), "invalid_scope"},
		"in a user's name":    {jwtBearer, w.assertion(file, jwt.MapClaims{"sub": "ann@example.com"}), "unauthorized_client"},
		"in an account's own": {jwtBearer, w.assertion(file, jwt.MapClaims{"sub": a.Email}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			code, answer := w.grant(c.grantType, c.assertion)
			if got, _ := answer["error"].(string); got != c.want || (code == 200) != (c.want == "") {
				t.Errorf("%d %v, want %q", code, answer, c.want)
			}
		})
	}
}

// Deleting a key ends what it signs, and not the access tokens that it has bought.
func TestAccessTokenOutlivesItsKey(t *testing.T) {
	w := newWorld(t)
	a := w.account("web-server")
	name, file := w.key(a)
	authorization := w.authorization(file, false)
	if err := w.owner.DeleteServiceAccountKey(t.Context(), &adminpb.DeleteServiceAccountKeyRequest{Name: name}); err != nil {
		t.Fatal(err)
	}
	_, err := w.authenticate(authorization)
	wantCode(t, "the access token", err, codes.OK)
	if code, answer := w.exchange(file); code != http.StatusBadRequest || answer["error"] != "invalid_grant" {
		t.Errorf("the deleted key buys another: %d %v", code, answer)
	}
	w.advance(61 * time.Minute)
	_, err = w.authenticate(authorization)
	wantCode(t, "the access token after an hour", err, codes.Unauthenticated)
}

func TestIDToken(t *testing.T) {
	w := newWorld(t)
	a := w.account("web-server")
	_, file := w.key(a)
	code, answer := w.grant(jwtBearer, w.assertion(file, jwt.MapClaims{"scope": "", "target_audience": "https://app.example"}))
	if code != http.StatusOK {
		t.Fatalf("%d %v", code, answer)
	}
	keys := oidc.NewRemoteKeySet(t.Context(), w.http.URL+"/oauth2/v3/certs")
	verifier := oidc.NewVerifier("https://accounts.google.com", keys, &oidc.Config{ClientID: "https://app.example"})
	token, err := verifier.Verify(t.Context(), answer["id_token"].(string))
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := token.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	if token.Subject != a.UniqueId || claims.Email != a.Email || !claims.Verified {
		t.Errorf("subject %s, claims %+v", token.Subject, claims)
	}
	_, err = w.authenticate("Bearer " + answer["id_token"].(string))
	wantCode(t, "an ID token as a credential", err, codes.Unauthenticated)
}

func TestScopesLimitACaller(t *testing.T) {
	w := newWorld(t)
	a := w.account("web-server", "roles/owner")
	_, file := w.key(a)
	const scope = "https://www.googleapis.com/auth/"
	object := database("d")
	object.Service = "storage.googleapis.com"
	for name, c := range map[string]struct {
		scopes     []string
		permission string
		service    string
		want       codes.Code
	}{
		"everything":             {[]string{cloudPlatform}, "datastore.entities.get", "firestore.googleapis.com", codes.OK},
		"the service's":          {[]string{scope + "datastore"}, "datastore.entities.get", "firestore.googleapis.com", codes.OK},
		"another service's":      {[]string{scope + "devstorage.full_control"}, "datastore.entities.get", "firestore.googleapis.com", codes.PermissionDenied},
		"none that is known":     {[]string{"openid", "email"}, "datastore.entities.get", "firestore.googleapis.com", codes.PermissionDenied},
		"read-only reads":        {[]string{scope + "devstorage.read_only"}, "storage.objects.get", "storage.googleapis.com", codes.OK},
		"read-only writes":       {[]string{scope + "devstorage.read_only"}, "storage.objects.create", "storage.googleapis.com", codes.PermissionDenied},
		"read-write writes":      {[]string{scope + "devstorage.read_write"}, "storage.objects.create", "storage.googleapis.com", codes.OK},
		"read-write, the policy": {[]string{scope + "devstorage.read_write"}, "storage.buckets.setIamPolicy", "storage.googleapis.com", codes.PermissionDenied},
		"full control":           {[]string{scope + "devstorage.full_control"}, "storage.buckets.setIamPolicy", "storage.googleapis.com", codes.OK},
	} {
		t.Run(name, func(t *testing.T) {
			for _, selfSigned := range []bool{true, false} {
				cred, err := credentials.NewCredentialsFromJSON(credentials.ServiceAccount, file,
					&credentials.DetectOptions{UseSelfSignedJWT: selfSigned, Scopes: c.scopes})
				if err != nil {
					t.Fatal(err)
				}
				caller, err := w.authenticate(bearer(t, cred))
				if err != nil {
					t.Fatal(err)
				}
				r := database("d")
				r.Service = c.service
				wantCode(t, "check", w.Check(t.Context(), caller, c.permission, r), c.want)
			}
		})
	}
}
