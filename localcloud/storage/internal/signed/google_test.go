package signed_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/signed"
)

// vector is one of the signed URLs by which Google tests its own clients. They are read where the
// client's source lies.
type vector struct {
	Description string
	Method      string
	Timestamp   time.Time
	Headers     map[string]string
	URL         string `json:"expectedUrl"`
	ToSign      string `json:"expectedStringToSign"`
}

func googleVectors(t *testing.T) (vectors []vector, key *rsa.PublicKey) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Dir}}", "cloud.google.com/go/storage").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := strings.TrimSpace(string(out))
	readJSON := func(name string, v any) {
		t.Helper()
		content, err := os.ReadFile(filepath.Join(dir, "internal", "test", "conformance", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(content, v); err != nil {
			t.Fatal(err)
		}
	}
	var all struct {
		Tests []vector `json:"signingV4Tests"`
	}
	readJSON("v4_signatures.json", &all)
	var account struct {
		Key string `json:"private_key"`
	}
	readJSON("service-account", &account)
	block, _ := pem.Decode([]byte(account.Key))
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return all.Tests, &private.(*rsa.PrivateKey).PublicKey
}

// request is what a holder of the URL sends.
func (v vector) request(t *testing.T) signed.Request {
	t.Helper()
	u, err := url.Parse(v.URL)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	for name, value := range v.Headers {
		h.Set(name, strings.TrimSpace(value))
	}
	return signed.Request{Method: v.Method, URI: u.RequestURI(), Host: u.Host, Header: h}
}

func TestGooglesOwnVectors(t *testing.T) {
	vectors, key := googleVectors(t)
	if len(vectors) < 20 {
		t.Fatalf("there are %d vectors only", len(vectors))
	}
	const signer = "test-iam-credentials@dummy-project-id.iam.gserviceaccount.com"
	right := func(email string) ([]*rsa.PublicKey, bool) { return []*rsa.PublicKey{key}, email == signer }
	none := func(string) ([]*rsa.PublicKey, bool) { return nil, true }
	for _, v := range vectors {
		t.Run(v.Description, func(t *testing.T) {
			email, err := signed.Verify(v.request(t), v.Timestamp, right)
			if err != nil || email != signer {
				t.Fatalf("got %q, %v", email, err)
			}
			var fault *signed.Error
			if _, err := signed.Verify(v.request(t), v.Timestamp, none); !errors.As(err, &fault) || fault.Kind != signed.Mismatch {
				t.Fatalf("without a key: %v", err)
			}
			if _, port, _ := strings.Cut(v.request(t).Host, ":"); port == "" && fault.ToSign != v.ToSign {
				t.Errorf("the canonical request is\n%s\nand the string to sign should be\n%s", fault.Canonical, v.ToSign)
			}
			if _, err := signed.Verify(v.request(t), v.Timestamp.Add(time.Hour), right); !errors.As(err, &fault) || fault.Kind != signed.Expired {
				t.Errorf("an hour later: %v", err)
			}
		})
	}
}

// However a byte of a signed URL's path or query is changed, the URL is good no more.
func TestEveryByteCounts(t *testing.T) {
	vectors, key := googleVectors(t)
	keys := func(string) ([]*rsa.PublicKey, bool) { return []*rsa.PublicKey{key}, true }
	v := vectors[0]
	r := v.request(t)
	uri := r.URI
	signature := strings.LastIndex(uri, "=") + 1
	for i := range len(uri) {
		for _, flip := range []byte{0x01, 0x20} {
			if i >= signature && flip == 0x20 && uri[i] >= 'a' {
				continue // hexadecimal digits mean the same in either case
			}
			changed := []byte(uri)
			changed[i] ^= flip
			r.URI = string(changed)
			if _, err := signed.Verify(r, v.Timestamp, keys); err == nil {
				t.Errorf("byte %d: %s is good", i, r.URI)
			}
		}
	}
}
