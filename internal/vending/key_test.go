package vending_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/gob"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/vault"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

const tokenURI = "http://127.0.0.1:4003/token"

var pemOf = func(bits int) func() string {
	return sync.OnceValue(func() string {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			panic(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	})
}

var (
	goodPEM = pemOf(2048)
	weakPEM = pemOf(1536)
)

// keyFile is a key file as Google issues it, with one member replaced; nil removes it.
func keyFile(t *testing.T, member string, value any) []byte {
	t.Helper()
	m := map[string]any{
		"type": "service_account", "project_id": "p", "private_key_id": "0123abcd", "private_key": goodPEM(),
		"client_email": "tn-own0000000@p.iam.gserviceaccount.com", "client_id": "1", "auth_uri": "https://accounts.google.com/o/oauth2/auth",
		"token_uri": tokenURI, "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
		"client_x509_cert_url": "https://www.googleapis.com/robot/v1/metadata/x509/tn-own0000000", "universe_domain": "googleapis.com",
	}
	if member != "" {
		m[member] = value
		if value == nil {
			delete(m, member)
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseKey(t *testing.T) {
	if _, err := vault.ParseKey(keyFile(t, "", nil), "p", tokenURI); err != nil {
		t.Fatalf("a good key: %v", err)
	}
	if _, err := vault.ParseKey(keyFile(t, "universe_domain", nil), "p", tokenURI); err != nil {
		t.Errorf("an old key without universe_domain: %v", err)
	}
	for _, c := range []struct {
		member string
		value  any
	}{
		{"type", "authorized_user"},
		{"type", "external_account"},
		{"type", nil},
		{"project_id", "q"},
		{"private_key_id", ""},
		{"private_key_id", nil},
		{"private_key", weakPEM()},
		{"private_key", ""},
		{"private_key", goodPEM() + goodPEM()},
		{"private_key", strings.Replace(goodPEM(), "PRIVATE KEY", "RSA PRIVATE KEY", 2)},
		{"private_key", goodPEM()[:200]},
		{"client_email", "tn-own0000000@q.iam.gserviceaccount.com"},
		{"client_email", "somebody@example.com"},
		{"client_email", "@p.iam.gserviceaccount.com"},
		{"client_email", "a@b@p.iam.gserviceaccount.com"},
		{"client_email", "../x@p.iam.gserviceaccount.com"},
		{"token_uri", "https://evil.example/token"},
		{"token_uri", "https://oauth2.googleapis.com/token"},
		{"token_uri", nil},
		{"universe_domain", "evil.example"},
		{"service_account_impersonation_url", "https://evil.example"},
		{"credential_source", map[string]any{"file": "/etc/passwd"}},
		{"Token_uri", "https://evil.example/token"},
	} {
		_, err := vault.ParseKey(keyFile(t, c.member, c.value), "p", tokenURI)
		if err == nil {
			t.Errorf("%s = %v was accepted", c.member, c.value)
			continue
		}
		wantNoSecret(t, c.member, err.Error())
	}
	twice := strings.Replace(string(keyFile(t, "", nil)), "{", `{"token_uri":"https://evil.example/token",`, 1)
	for _, b := range []string{twice, "", "null", "[]", `"x"`, string(keyFile(t, "", nil)) + "{}"} {
		if _, err := vault.ParseKey([]byte(b), "p", tokenURI); err == nil {
			t.Errorf("%.40q was accepted", b)
		}
	}
}

// A piece of the key that appears in none but the key.
func secretOf() string { return strings.Split(goodPEM(), "\n")[3] }

func wantNoSecret(t *testing.T, what, s string) {
	t.Helper()
	decimal := strings.Trim(fmt.Sprint([]byte(secretOf())), "[]") // as %d shows bytes
	if strings.Contains(s, secretOf()) || strings.Contains(s, decimal) || strings.Contains(s, "PRIVATE KEY") || strings.Contains(s, "private_key\"") {
		t.Errorf("%s shows the key: %.120s", what, s)
	}
}

// Whatever a key is printed, logged or encoded with, it does not show itself.
func TestKeyIsRedacted(t *testing.T) {
	signer, err := vault.ParseKey(keyFile(t, "", nil), "p", tokenURI)
	if err != nil {
		t.Fatal(err)
	}
	file := vault.KeyFile(keyFile(t, "", nil))
	bundle := vault.Bundle{Key: file}
	for name, v := range map[string]any{
		"signer": signer, "key file": file, "bundle": bundle, "bundle pointer": &bundle, "list": []vault.Bundle{bundle},
		"in a struct": struct{ B vault.Bundle }{bundle}, "in an error": fmt.Errorf("wrapped: %v", bundle),
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			s := fmt.Sprintf(verb, v)
			wantNoSecret(t, name+" "+verb, s)
			wantNoSecret(t, name+" "+verb, unhex(s))
		}
		if b, err := json.Marshal(v); err == nil {
			wantNoSecret(t, name+" as JSON", string(b))
			if strings.Contains(string(b), "LS0tLS1CRUdJTi") { // "-----BEGIN" in base 64
				t.Errorf("%s as JSON shows the key in base 64", name)
			}
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		wantNoSecret(t, name+" in the log", log.String())
	}
	if err := gob.NewEncoder(new(bytes.Buffer)).Encode(bundle); err == nil {
		t.Error("gob encodes a bundle")
	}
}

func unhex(s string) string {
	var b []byte
	_, err := fmt.Sscanf(s, "%x", &b)
	if err != nil {
		return ""
	}
	return string(b)
}

func TestSignedRequestIsRedacted(t *testing.T) {
	r := vending.SignedRequest{Method: "GET", URL: "https://storage.googleapis.com/b/o?X-Goog-Signature=secret"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(verb, r); strings.Contains(s, "secret") {
			t.Errorf("%s shows the URL: %s", verb, s)
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", r)
	if strings.Contains(log.String(), "secret") {
		t.Errorf("the log shows the URL: %s", log.String())
	}
}

func TestErrors(t *testing.T) {
	for _, err := range []error{vending.ErrForeign, vending.ErrReadOnly} {
		if !errors.Is(err, vending.ErrDenied) {
			t.Errorf("%v does not wrap ErrDenied", err)
		}
	}
	if errors.Is(vending.ErrForeign, vending.ErrReadOnly) || errors.Is(vending.ErrDenied, vending.ErrForeign) {
		t.Error("the sentinels are not told apart")
	}
}
