package iam_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/auth/credentials/impersonate"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc/codes"
)

// bindTokenCreator lets caller impersonate target, by target's own policy.
func (w *world) bindTokenCreator(target, caller *adminpb.ServiceAccount) {
	w.t.Helper()
	w.bind(target.Name, &iampb.Binding{
		Role: "roles/iam.serviceAccountTokenCreator", Members: []string{"serviceAccount:" + caller.Email},
	})
}

func credentialsPath(a *adminpb.ServiceAccount, method string) string {
	return "/v1/projects/-/serviceAccounts/" + a.Email + ":" + method
}

// mustSignBlob has a sign with its system-managed key, which is made if need be. a must be its own
// token creator.
func (w *world) mustSignBlob(a *adminpb.ServiceAccount) {
	w.t.Helper()
	token, err := w.accessTokenOf(a)
	if err != nil {
		w.t.Fatal(err)
	}
	if code, body := w.post(credentialsPath(a, "signBlob"), token, `{"payload":"YQ=="}`); code != http.StatusOK {
		w.t.Fatalf("signBlob: %d %s", code, body)
	}
}

// accessTokenOf lets the owner impersonate a for a moment.
func (w *world) accessTokenOf(a *adminpb.ServiceAccount) (string, error) {
	owner, err := w.owner.GetServiceAccount(w.t.Context(), &adminpb.GetServiceAccountRequest{
		Name: "projects/-/serviceAccounts/owner@" + project + ".iam.gserviceaccount.com",
	})
	if err != nil {
		return "", err
	}
	w.bindTokenCreator(a, owner)
	c, err := impersonate.NewCredentials(&impersonate.CredentialsOptions{
		TargetPrincipal: a.Email,
		Scopes:          []string{cloudPlatform},
		Client:          w.toWorld(w.authorization(w.ownerKey, true)),
	})
	if err != nil {
		return "", err
	}
	token, err := c.Token(w.t.Context())
	if err != nil {
		return "", err
	}
	return "Bearer " + token.Value, nil
}

func TestImpersonation(t *testing.T) {
	w := newWorld(t)
	web, vending, tenant := w.account("web-server"), w.account("vending-machine"), w.account("tn-0123456789")
	_, webKey := w.key(web)
	w.bindTokenCreator(vending, web)
	impersonateAs := func(target *adminpb.ServiceAccount, lifetime time.Duration) (string, error) {
		c, err := impersonate.NewCredentials(&impersonate.CredentialsOptions{
			TargetPrincipal: target.Email,
			Scopes:          []string{"https://www.googleapis.com/auth/devstorage.read_only"},
			Lifetime:        lifetime,
			Client:          w.toWorld(w.authorization(webKey, true)),
		})
		if err != nil {
			return "", err
		}
		token, err := c.Token(t.Context())
		if err != nil {
			return "", err
		}
		return "Bearer " + token.Value, nil
	}

	token, err := impersonateAs(vending, 10*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	caller, err := w.authenticate(token)
	if err != nil || caller.Email != vending.Email {
		t.Errorf("caller %+v, %v", caller, err)
	}
	w.advance(11 * time.Minute)
	_, err = w.authenticate(token)
	wantCode(t, "after its lifetime", err, codes.Unauthenticated)
	w.advance(-11 * time.Minute)

	if _, err := impersonateAs(tenant, 0); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("an account that grants nothing: %v", err)
	}
	if _, err := impersonateAs(vending, 2*time.Hour); err == nil || !strings.Contains(err.Error(), "INVALID_ARGUMENT") {
		t.Errorf("two hours: %v", err)
	}
	if err := w.owner.DisableServiceAccount(t.Context(), &adminpb.DisableServiceAccountRequest{Name: vending.Name}); err != nil {
		t.Fatal(err)
	}
	if _, err := impersonateAs(vending, 0); err == nil || !strings.Contains(err.Error(), "disabled") {
		t.Errorf("a disabled account: %v", err)
	}
}

func TestImpersonatedIDToken(t *testing.T) {
	w := newWorld(t)
	web, vending := w.account("web-server"), w.account("vending-machine")
	_, webKey := w.key(web)
	w.bindTokenCreator(vending, web)
	c, err := impersonate.NewIDTokenCredentials(&impersonate.IDTokenOptions{
		Audience:        "https://app.example",
		TargetPrincipal: vending.Email,
		IncludeEmail:    true,
		Client:          w.toWorld(w.authorization(webKey, true)),
	})
	if err != nil {
		t.Fatal(err)
	}
	var claims jwt.MapClaims
	if _, _, err := jwt.NewParser().ParseUnverified(strings.TrimPrefix(bearer(t, c), "Bearer "), &claims); err != nil {
		t.Fatal(err)
	}
	if claims["aud"] != "https://app.example" || claims["email"] != vending.Email {
		t.Errorf("claims %v", claims)
	}
}

func TestSignBlob(t *testing.T) {
	w := newWorld(t)
	web := w.account("web-server")
	_, webKey := w.key(web)
	w.bindTokenCreator(web, web)
	authorization := w.authorization(webKey, true)
	payload := base64.StdEncoding.EncodeToString([]byte("to be signed"))
	var ids []string
	for range 2 {
		code, body := w.post(credentialsPath(web, "signBlob"), authorization, `{"payload":"`+payload+`"}`)
		var answer struct{ KeyID, SignedBlob string }
		if err := json.Unmarshal([]byte(body), &answer); err != nil || code != http.StatusOK {
			t.Fatalf("%d %s", code, body)
		}
		ids = append(ids, answer.KeyID)
		signature, err := base64.StdEncoding.DecodeString(answer.SignedBlob)
		if err != nil {
			t.Fatal(err)
		}
		keys, ok := w.PublicKeys(web.Email)
		if !ok || !verifies(keys, "to be signed", signature) {
			t.Error("no public key of the account verifies the signature")
		}
		w.reopen() // the key is made once, and kept
	}
	if ids[0] != ids[1] {
		t.Errorf("signed by %s, then by %s", ids[0], ids[1])
	}
}

func verifies(keys []*rsa.PublicKey, message string, signature []byte) bool {
	sum := sha256.Sum256([]byte(message))
	for _, k := range keys {
		if rsa.VerifyPKCS1v15(k, crypto.SHA256, sum[:], signature) == nil {
			return true
		}
	}
	return false
}

// What signJwt signs is a JWT of the account, but no credential: only a user's key makes those.
func TestSignJWT(t *testing.T) {
	w := newWorld(t)
	web := w.account("web-server")
	_, webKey := w.key(web)
	w.bindTokenCreator(web, web)
	payload, err := json.Marshal(fmt.Sprintf(`{"iss":%q,"sub":%q,"scope":%q,"iat":%d,"exp":%d}`,
		web.Email, web.Email, cloudPlatform, w.now().Unix(), w.now().Add(time.Hour).Unix()))
	if err != nil {
		t.Fatal(err)
	}
	code, body := w.post(credentialsPath(web, "signJwt"), w.authorization(webKey, true), `{"payload":`+string(payload)+`}`)
	var answer struct{ KeyID, SignedJWT string }
	if err := json.Unmarshal([]byte(body), &answer); err != nil || code != http.StatusOK {
		t.Fatalf("%d %s", code, body)
	}
	certs, err := w.toWorld("").Get("https://www.googleapis.com/service_accounts/v1/metadata/x509/" + web.Email)
	if err != nil {
		t.Fatal(err)
	}
	defer certs.Body.Close()
	var pems map[string]string
	if err := json.NewDecoder(certs.Body).Decode(&pems); err != nil {
		t.Fatal(err)
	}
	_, err = jwt.Parse(answer.SignedJWT, func(token *jwt.Token) (any, error) {
		return jwt.ParseRSAPublicKeyFromPEM([]byte(pems[token.Header["kid"].(string)]))
	}, jwt.WithValidMethods([]string{"RS256"}))
	if err != nil {
		t.Error(err)
	}
	_, err = w.authenticate("Bearer " + answer.SignedJWT)
	wantCode(t, "as a credential", err, codes.Unauthenticated)
}

func TestIAMCredentialsRefusals(t *testing.T) {
	w := newWorld(t)
	web, other := w.account("web-server"), w.account("web-worker", "roles/editor")
	_, webKey := w.key(web)
	_, otherKey := w.key(other)
	w.bindTokenCreator(web, web)
	mine, others, owners := w.authorization(webKey, true), w.authorization(otherKey, true), w.authorization(w.ownerKey, true)
	const scope = `{"scope":["` + cloudPlatform + `"]}`
	for name, c := range map[string]struct {
		path, authorization, body string
		want                      int
		status                    string
	}{
		"no credential":      {credentialsPath(web, "generateAccessToken"), "", scope, 401, "UNAUTHENTICATED"},
		"no grant":           {credentialsPath(web, "generateAccessToken"), others, scope, 403, "PERMISSION_DENIED"},
		"signBlob, no grant": {credentialsPath(web, "signBlob"), others, `{"payload":""}`, 403, "PERMISSION_DENIED"},
		"signJwt, no grant":  {credentialsPath(web, "signJwt"), others, `{"payload":"{}"}`, 403, "PERMISSION_DENIED"},
		"ID token, no grant": {credentialsPath(web, "generateIdToken"), others, `{"audience":"a"}`, 403, "PERMISSION_DENIED"},
		"the owner":          {credentialsPath(web, "generateAccessToken"), owners, scope, 403, "PERMISSION_DENIED"},
		"unknown account":    {"/v1/projects/-/serviceAccounts/nobody@x:generateAccessToken", mine, scope, 403, "PERMISSION_DENIED"},
		"another project":    {"/v1/projects/other/serviceAccounts/" + web.Email + ":generateAccessToken", mine, scope, 403, "PERMISSION_DENIED"},
		"no scope":           {credentialsPath(web, "generateAccessToken"), mine, `{}`, 400, "INVALID_ARGUMENT"},
		"negative lifetime":  {credentialsPath(web, "generateAccessToken"), mine, `{"scope":["a"],"lifetime":"-1s"}`, 400, "INVALID_ARGUMENT"},
		"lifetime in hours":  {credentialsPath(web, "generateAccessToken"), mine, `{"scope":["a"],"lifetime":"1h"}`, 400, "INVALID_ARGUMENT"},
		"delegates":          {credentialsPath(web, "generateAccessToken"), mine, `{"scope":["a"],"delegates":["x"]}`, 501, "UNIMPLEMENTED"},
		"no JSON":            {credentialsPath(web, "generateAccessToken"), mine, `{`, 400, "INVALID_ARGUMENT"},
		"two documents":      {credentialsPath(web, "generateAccessToken"), mine, scope + scope, 400, "INVALID_ARGUMENT"},
		"not base64":         {credentialsPath(web, "signBlob"), mine, `{"payload":"%"}`, 400, "INVALID_ARGUMENT"},
		"claims not JSON":    {credentialsPath(web, "signJwt"), mine, `{"payload":"[]"}`, 400, "INVALID_ARGUMENT"},
		"unknown method":     {credentialsPath(web, "destroy"), mine, `{}`, 501, "UNIMPLEMENTED"},
		"no audience":        {credentialsPath(web, "generateIdToken"), mine, `{}`, 400, "INVALID_ARGUMENT"},
	} {
		t.Run(name, func(t *testing.T) {
			code, body := w.post(c.path, c.authorization, c.body)
			var answer struct {
				Error struct {
					Code            int
					Message, Status string
				}
			}
			if err := json.Unmarshal([]byte(body), &answer); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			if code != c.want || answer.Error.Code != c.want || answer.Error.Status != c.status || answer.Error.Message == "" {
				t.Errorf("%d %s, want %d %s", code, body, c.want, c.status)
			}
		})
	}
}
