package localcloud_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// stranger is a caller who must not be let in, whatever is asked.
type stranger struct {
	name          string
	authorization string
}

// newStrangers returns callers who would be let in, were it not for what their names say. The
// accounts among them own the project.
func (w *walk) newStrangers(theirs []byte) []stranger {
	w.t.Helper()
	disabled, disabledKey := createAccount(w.t, w.cloud, "disabled-owner")
	other, deletedKey := createAccount(w.t, w.cloud, "deleted-key")
	policy, err := w.cloud.IAM().Policy(projectName, 3)
	if err != nil {
		w.t.Fatal(err)
	}
	policy.Bindings = append(policy.Bindings,
		&iampb.Binding{Role: "roles/owner", Members: []string{"serviceAccount:" + disabled.Email, "serviceAccount:" + other.Email}},
		// Owning a project is not acting as its accounts.
		&iampb.Binding{Role: "roles/iam.serviceAccountTokenCreator", Members: []string{"serviceAccount:" + keyOf(w.t, w.cloud.OwnerKey()).Email}},
		// Nor may Cloud Storage publish what happens in a bucket, unless it is let.
		&iampb.Binding{Role: "roles/pubsub.publisher", Members: []string{"serviceAccount:" + w.cloud.IAM().StorageAgent().Email}})
	if _, err := w.cloud.IAM().SetPolicy(projectName, policy); err != nil {
		w.t.Fatal(err)
	}
	anyone := w.named("tn-aaaaaaaaaa", "", "", "")
	all := []stranger{
		{"the disabled account's access token", "Bearer " + w.accessToken(disabled.Email)},
		{"the disabled account's own token", "Bearer " + selfSigned(w.t, disabledKey, nil)},
		{"the deleted key's token", "Bearer " + selfSigned(w.t, deletedKey, nil)},
	}
	for _, s := range all { // now they are let in
		if got := w.callGRPC("/google.firestore.admin.v1.FirestoreAdmin/ListDatabases", anyone.expand.Replace(`{"parent": "{project}"}`), s.authorization); got.code != codes.OK {
			w.t.Fatalf("%s, while it was good: %s", s.name, got)
		}
	}
	w.must("google.iam.admin.v1.IAM/DisableServiceAccount", anyone, `{"name": "`+disabled.Name+`"}`)
	w.must("google.iam.admin.v1.IAM/DeleteServiceAccountKey", anyone, `{"name": "`+other.Name+"/keys/"+keyOf(w.t, deletedKey).ID+`"}`)

	forger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		w.t.Fatal(err)
	}
	return append(all,
		stranger{"nobody", ""},
		stranger{"a forger", "Bearer " + selfSigned(w.t, theirs, forger)},
		stranger{"who has made a token up", "Bearer ya29.c.made-up"},
		stranger{"who shows a password", "Basic b3duZXI6b3duZXI="},
		stranger{"the emulators' owner", "Bearer owner"},
	)
}

// accessToken is one that the owner has made in the account's name.
func (w *walk) accessToken(email string) string {
	w.t.Helper()
	path := "/v1/projects/" + localcloudtest.Project + "/serviceAccounts/" + email
	got := w.callHTTP(http.MethodPost, w.cloud.Endpoints().Identity+path+":generateAccessToken", `{"scope": ["`+cloudPlatform+`"]}`, w.owner)
	var answer struct {
		AccessToken string `json:"accessToken"`
	}
	if err := json.Unmarshal(got.content, &answer); err != nil || answer.AccessToken == "" {
		w.t.Fatalf("an access token of %s: %s", email, got)
	}
	return answer.AccessToken
}

// keyFile is what the walk needs of one.
type keyFile struct {
	ID       string `json:"private_key_id"`
	Email    string `json:"client_email"`
	UniqueID string `json:"client_id"`
	Private  string `json:"private_key"`
}

func keyOf(t *testing.T, file []byte) (f keyFile) {
	t.Helper()
	if err := json.Unmarshal(file, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// selfSigned is the token that an account signs for itself, by the key in the file; by another, if
// one is given.
func selfSigned(t *testing.T, file []byte, by *rsa.PrivateKey) string {
	t.Helper()
	f := keyOf(t, file)
	if by == nil {
		block, _ := pem.Decode([]byte(f.Private))
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		by = parsed.(*rsa.PrivateKey)
	}
	now := time.Now()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": f.Email, "sub": f.Email, "scope": cloudPlatform, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	})
	token.Header["kid"] = f.ID
	s, err := token.SignedString(by)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
