// Package tenancytest signs ID tokens for tests: sound ones, and any other that an attacker could
// wish for. An Issuer stands where Google's secure token service does, with keys of its own and a
// certificate endpoint over real HTTP, so that the code under test runs unchanged.
package tenancytest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/idtoken"
)

// Project is the project of an Issuer unless it says otherwise.
const Project = "bulkhead-test"

// Issuer signs tokens and publishes the certificates of its keys.
type Issuer struct {
	Project string
	Now     func() time.Time // stamps tokens; time.Now unless set

	server *httptest.Server

	mu        sync.Mutex
	next      int
	signing   *Key
	published map[string]string // key id -> PEM
	maxAge    time.Duration
	status    int
	fetches   int
}

// NewIssuer returns an Issuer with one key, serving until the test ends.
func NewIssuer(tb testing.TB) *Issuer {
	i := &Issuer{Project: Project, Now: time.Now, published: map[string]string{}, maxAge: time.Hour, status: http.StatusOK}
	i.Rotate()
	i.server = httptest.NewServer(i)
	tb.Cleanup(i.server.Close)
	return i
}

// Verifier returns a Verifier that trusts the Issuer alone.
func (i *Issuer) Verifier(tb testing.TB) *tenancy.Verifier {
	tb.Helper()
	v, err := tenancy.NewVerifier(i.config())
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// Tokens returns what is within such a Verifier, for its own tests.
func (i *Issuer) Tokens(tb testing.TB) *idtoken.Verifier {
	tb.Helper()
	v, err := idtoken.NewVerifier(i.config())
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func (i *Issuer) config() idtoken.VerifierConfig {
	return idtoken.VerifierConfig{
		Project:        i.Project,
		CertificateURL: i.CertificateURL(),
		HTTPClient:     i.server.Client(),
		Now:            i.Now,
	}
}

// CertificateURL is where the certificates are.
func (i *Issuer) CertificateURL() string { return i.server.URL + "/certificates" }

// InProcess returns a client that reaches the Issuer without a socket, for tests within a synctest
// bubble, where time stands still while a socket is read.
func (i *Issuer) InProcess() *http.Client { return &http.Client{Transport: inProcess{i}} }

type inProcess struct{ h http.Handler }

func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	t.h.ServeHTTP(rec, r)
	return rec.Result(), nil
}

// ServeHTTP serves the certificate map.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fetches++
	if i.status != http.StatusOK {
		w.WriteHeader(i.status)
		return
	}
	w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d, must-revalidate, no-transform", int(i.maxAge.Seconds())))
	json.NewEncoder(w).Encode(i.published)
}

// Fetches returns how many times the certificates were asked for.
func (i *Issuer) Fetches() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fetches
}

// SetStatus makes the certificate endpoint answer with status, http.StatusOK being the sound one.
func (i *Issuer) SetStatus(status int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.status = status
}

// SetMaxAge sets the Cache-Control that the certificates are served with.
func (i *Issuer) SetMaxAge(d time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.maxAge = d
}

// Rotate makes the Issuer sign with a new key, published beside the old ones.
func (i *Issuer) Rotate() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.signing = NewKey(i.next)
	i.next++
	i.published[i.signing.ID] = i.signing.Certificate
}

// Publish sets what the certificate endpoint serves, whatever the Issuer signs with.
func (i *Issuer) Publish(certificates map[string]string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.published = maps.Clone(certificates)
}

// Key returns the key that the Issuer signs with.
func (i *Issuer) Key() *Key {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.signing
}

// Key is an RSA key with a self-signed certificate.
type Key struct {
	ID          string
	Private     *rsa.PrivateKey
	Certificate string // PEM
}

// NewKey returns the nth key, of 2048 bits. Keys take long to make, so a process makes each but
// once.
func NewKey(n int) *Key {
	keysMu.Lock()
	defer keysMu.Unlock()
	for len(keys) <= n {
		keys = append(keys, newKey(fmt.Sprintf("key-%d", len(keys)), 2048))
	}
	return keys[n]
}

// NewKeyOfSize returns a new key of the given size in bits.
func NewKeyOfSize(id string, bits int) *Key { return newKey(id, bits) }

var (
	keysMu sync.Mutex
	keys   []*Key
)

func newKey(id string, bits int) *Key {
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "securetoken.system.gserviceaccount.com"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		panic(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return &Key{ID: id, Private: private, Certificate: string(certificate)}
}
