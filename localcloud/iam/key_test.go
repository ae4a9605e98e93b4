package iam_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"google.golang.org/grpc/codes"
)

// keyFile is Google's credentials file.
type keyFile struct {
	Type         string `json:"type"`
	ProjectID    string `json:"project_id"`
	PrivateKeyID string `json:"private_key_id"`
	PrivateKey   string `json:"private_key"`
	ClientEmail  string `json:"client_email"`
	ClientID     string `json:"client_id"`
	TokenURI     string `json:"token_uri"`
}

func parseKeyFile(t *testing.T, file []byte) (keyFile, *rsa.PrivateKey) {
	t.Helper()
	var f keyFile
	if err := json.Unmarshal(file, &f); err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(f.PrivateKey))
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return f, private.(*rsa.PrivateKey)
}

func TestKeyFile(t *testing.T) {
	w := newWorld(t)
	a := w.account("web-server")
	name, file := w.key(a)
	f, private := parseKeyFile(t, file)
	want := keyFile{
		Type:         "service_account",
		ProjectID:    project,
		PrivateKeyID: filepath.Base(name),
		PrivateKey:   f.PrivateKey,
		ClientEmail:  a.Email,
		ClientID:     a.UniqueId,
		TokenURI:     w.http.URL + "/token",
	}
	if f != want {
		t.Errorf("key file %+v, want %+v", f, want)
	}
	if private.N.BitLen() != 2048 {
		t.Errorf("%d bits, want 2048", private.N.BitLen())
	}

	got, err := w.owner.GetServiceAccountKey(t.Context(), &adminpb.GetServiceAccountKeyRequest{
		Name: name, PublicKeyType: adminpb.ServiceAccountPublicKeyType_TYPE_X509_PEM_FILE,
	})
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(got.PublicKeyData)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if !private.PublicKey.Equal(cert.PublicKey) {
		t.Error("the certificate is of another key")
	}
	if len(got.PrivateKeyData) > 0 {
		t.Error("a key can be read a second time")
	}
}

// The private half of a user's key leaves the service in the answer, and stays nowhere.
func TestPrivateKeyIsNotStored(t *testing.T) {
	w := newWorld(t)
	_, file := w.key(w.account("web-server"))
	_, private := parseKeyFile(t, file)
	if err := w.db.Sync(); err != nil {
		t.Fatal(err)
	}
	stored, err := os.ReadFile(filepath.Join(w.dir, "cloud.db"))
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(der)
	if err != nil {
		t.Fatal(err)
	}
	for what, secret := range map[string][]byte{
		"prime":                               private.Primes[0].Bytes(),
		"PKCS #8":                             der[40:],
		"PKCS #8 as JSON":                     encoded[64 : len(encoded)-8],
		"PEM of the key file":                 []byte("PRIVATE KEY"),
		"a line of the PEM, past the modulus": bytes.Split([]byte(jsonString(t, file, "private_key")), []byte("\n"))[20],
		"the key file's field":                []byte("private_key"),
	} {
		if bytes.Contains(stored, secret) {
			t.Errorf("the database holds the %s", what)
		}
	}
}

func jsonString(t *testing.T, doc []byte, field string) string {
	t.Helper()
	var m map[string]string
	if err := json.Unmarshal(doc, &m); err != nil {
		t.Fatal(err)
	}
	return m[field]
}

func TestTenKeysAtMost(t *testing.T) {
	w := newWorld(t)
	a := w.account("web-server")
	var last string
	for range 10 {
		last, _ = w.key(a)
	}
	_, err := w.owner.CreateServiceAccountKey(t.Context(), &adminpb.CreateServiceAccountKeyRequest{Name: a.Name})
	wantCode(t, "the eleventh key", err, codes.FailedPrecondition)

	// A key that the system made to sign in the account's name does not count.
	w.bindTokenCreator(a, a)
	w.mustSignBlob(a)
	if err := w.owner.DeleteServiceAccountKey(t.Context(), &adminpb.DeleteServiceAccountKeyRequest{Name: last}); err != nil {
		t.Fatal(err)
	}
	w.key(a)

	list, err := w.owner.ListServiceAccountKeys(t.Context(), &adminpb.ListServiceAccountKeysRequest{
		Name: a.Name, KeyTypes: []adminpb.ListServiceAccountKeysRequest_KeyType{adminpb.ListServiceAccountKeysRequest_USER_MANAGED},
	})
	if err != nil || len(list.Keys) != 10 {
		t.Errorf("%d keys of users, %v; want 10", len(list.GetKeys()), err)
	}
	list, err = w.owner.ListServiceAccountKeys(t.Context(), &adminpb.ListServiceAccountKeysRequest{Name: a.Name})
	if err != nil || len(list.Keys) != 11 {
		t.Errorf("%d keys, %v; want 11", len(list.GetKeys()), err)
	}
}

func TestKeyLife(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.account("web-server")
	name, file := w.key(a)
	authorization := w.authorization(file, true)
	try := func(what string, want codes.Code) {
		t.Helper()
		_, err := w.authenticate(authorization)
		wantCode(t, what, err, want)
		keys, _ := w.PublicKeys(a.Email)
		if (len(keys) == 1) != (want == codes.OK) {
			t.Errorf("%s: %d keys verify signatures", what, len(keys))
		}
	}
	try("a new key", codes.OK)
	if err := w.owner.DisableServiceAccountKey(ctx, &adminpb.DisableServiceAccountKeyRequest{Name: name}); err != nil {
		t.Fatal(err)
	}
	try("a disabled key", codes.Unauthenticated)
	if err := w.owner.EnableServiceAccountKey(ctx, &adminpb.EnableServiceAccountKeyRequest{Name: name}); err != nil {
		t.Fatal(err)
	}
	try("an enabled key", codes.OK)
	if err := w.owner.DeleteServiceAccountKey(ctx, &adminpb.DeleteServiceAccountKeyRequest{Name: name}); err != nil {
		t.Fatal(err)
	}
	try("a deleted key", codes.Unauthenticated)
	err := w.owner.DeleteServiceAccountKey(ctx, &adminpb.DeleteServiceAccountKeyRequest{Name: name})
	wantCode(t, "deleting it again", err, codes.NotFound)
}

func TestDisabledAccount(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.account("web-server", "roles/datastore.user")
	_, file := w.key(a)
	self, exchanged := w.authorization(file, true), w.authorization(file, false)
	caller, err := w.authenticate(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.owner.DisableServiceAccount(ctx, &adminpb.DisableServiceAccountRequest{Name: a.Name}); err != nil {
		t.Fatal(err)
	}
	_, err = w.authenticate(self)
	wantCode(t, "its JWT", err, codes.Unauthenticated)
	_, err = w.authenticate(exchanged)
	wantCode(t, "its access token", err, codes.Unauthenticated)
	wantCode(t, "a call that was under way", w.Check(ctx, caller, "datastore.entities.get", database("d")), codes.Unauthenticated)
	if keys, ok := w.PublicKeys(a.Email); ok {
		t.Errorf("its signatures are verified by %d keys", len(keys))
	}
	if code, _ := w.exchange(file); code != 400 {
		t.Errorf("the token endpoint answers %d", code)
	}
	if err := w.owner.EnableServiceAccount(ctx, &adminpb.EnableServiceAccountRequest{Name: a.Name}); err != nil {
		t.Fatal(err)
	}
	_, err = w.authenticate(exchanged)
	wantCode(t, "its access token, enabled again", err, codes.OK)
}
