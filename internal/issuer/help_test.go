package issuer_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/outbound"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// clock is passed to Keys; a test sets it.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := new(clock)
	c.at.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Unix())
	return c
}

func (c *clock) Now() time.Time       { return time.Unix(c.at.Load(), 0) }
func (c *clock) pass(d time.Duration) { c.at.Add(int64(d / time.Second)) }
func (c *clock) unix(d int64) int64   { return c.at.Load() + d }

var rsaKeys = [3]func() *rsa.PrivateKey{onceRSA(2048), onceRSA(2048), onceRSA(2048)}

func onceRSA(bits int) func() *rsa.PrivateKey {
	return sync.OnceValue(func() *rsa.PrivateKey {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		return k
	})
}

var ecKey = sync.OnceValue(func() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
})

var edKey = sync.OnceValue(func() ed25519.PrivateKey {
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
})

// jwk is a public key as a set shows it.
func jwk(t testing.TB, public crypto.PublicKey, kid string, change ...any) map[string]any {
	t.Helper()
	b, err := jose.JSONWebKey{Key: public, KeyID: kid, Use: "sig"}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return with(m, change...)
}

// with returns m with names set to values, in pairs; a nil value removes the name.
func with(m map[string]any, change ...any) map[string]any {
	m = maps.Clone(m)
	for i := 0; i < len(change); i += 2 {
		if change[i+1] == nil {
			delete(m, change[i].(string))
			continue
		}
		m[change[i].(string)] = change[i+1]
	}
	return m
}

func set(keys ...map[string]any) string {
	b, _ := json.Marshal(map[string]any{"keys": keys})
	return string(b)
}

// host is one server with the key sets of many issuers, by path.
type host struct {
	*httptest.Server
	mu     sync.Mutex
	sets   map[string]string
	hits   map[string]int
	broken map[string]bool
	block  map[string]chan struct{} // an answer waits for the channel to close
}

func newHost(t testing.TB) *host {
	h := &host{sets: map[string]string{}, hits: map[string]int{}, broken: map[string]bool{}, block: map[string]chan struct{}{}}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.hits[r.URL.Path]++
		body, ok := h.sets[r.URL.Path]
		broken, block := h.broken[r.URL.Path], h.block[r.URL.Path]
		h.mu.Unlock()
		if block != nil {
			<-block
		}
		switch {
		case broken:
			w.WriteHeader(http.StatusInternalServerError)
		case !ok:
			http.NotFound(w, r)
		default:
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(body))
		}
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *host) publish(path, body string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sets[path] = body
}

func (h *host) fail(path string, broken bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.broken[path] = broken
}

func (h *host) hold(path string) (release func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := make(chan struct{})
	h.block[path] = c
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.block, path)
		close(c)
	}
}

func (h *host) count(path string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hits[path]
}

func (h *host) client(t testing.TB) *outbound.Client {
	t.Helper()
	c, err := outbound.New(outbound.Config{Exceptions: []string{h.URL}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newKeys(t testing.TB, h *host, c *clock, change ...func(*issuer.KeysConfig)) *issuer.Keys {
	t.Helper()
	cfg := issuer.KeysConfig{Client: h.client(t), Now: c.Now}
	for _, f := range change {
		f(&cfg)
	}
	k, err := issuer.NewKeys(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// world is one tenant's issuer with one RSA key "k1" and what is expected of its tokens.
type world struct {
	*clock
	host   *host
	keys   *issuer.Keys
	expect issuer.Expect
}

func newWorld(t testing.TB) *world {
	w := &world{clock: newClock(), host: newHost(t)}
	w.host.publish("/a/keys", set(jwk(t, &rsaKeys[0]().PublicKey, "k1")))
	w.keys = newKeys(t, w.host, w.clock)
	w.expect = issuer.Expect{
		Tenant: tenant.NewID(), Issuer: w.host.URL + "/a", JWKS: w.host.URL + "/a/keys", Algorithms: []string{"RS256"},
		ClientID: "client-1", Nonce: "nonce-1", Audience: "api-1",
	}
	return w
}

func (w *world) idHeader() map[string]any {
	return map[string]any{"alg": "RS256", "kid": "k1", "typ": "JWT"}
}
func (w *world) atHeader() map[string]any {
	return map[string]any{"alg": "RS256", "kid": "k1", "typ": "at+jwt"}
}

func (w *world) idClaims(change ...any) map[string]any {
	return with(map[string]any{
		"iss": w.expect.Issuer, "sub": "u1", "aud": "client-1", "nonce": "nonce-1", "iat": w.unix(0), "exp": w.unix(3600),
		"email": "u1@acme.com", "email_verified": true, "name": "U One", "groups": []string{"g1"},
	}, change...)
}

func (w *world) atClaims(change ...any) map[string]any {
	return with(map[string]any{
		"iss": w.expect.Issuer, "sub": "u1", "aud": "api-1", "client_id": "c1", "iat": w.unix(0), "exp": w.unix(3600),
		"scope": "read write", "jti": "t1",
	}, change...)
}

func (w *world) id(raw string, change ...func(*issuer.Expect)) (issuer.IDClaims, error) {
	e := w.expect
	for _, f := range change {
		f(&e)
	}
	return w.keys.VerifyIDToken(context.Background(), e, raw)
}

func (w *world) access(raw string, change ...func(*issuer.Expect)) (issuer.AccessClaims, error) {
	e := w.expect
	for _, f := range change {
		f(&e)
	}
	return w.keys.VerifyAccessToken(context.Background(), e, raw)
}

// sign signs a header and claims, given as maps or as JSON, by the algorithm with the key.
func sign(method jwt.SigningMethod, key any, header, claims any) string {
	signed := segment(header) + "." + segment(claims)
	sig, err := method.Sign(signed, key)
	if err != nil {
		panic(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(sig)
}

func rs(header, claims any) string { return sign(jwt.SigningMethodRS256, rsaKeys[0](), header, claims) }

func segment(v any) string {
	s, ok := v.(string)
	if !ok {
		s = toJSON(v)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(s))
}

func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// add adds members to a JSON object's text.
func add(object any, members string) string {
	return strings.TrimSuffix(toJSON(object), "}") + "," + members + "}"
}

// refused checks that err is a refusal at a step, and that it shows nothing of the token.
func refused(t testing.TB, err error, step issuer.Step, raw string) {
	t.Helper()
	var e *issuer.VerifyError
	switch {
	case !errors.As(err, &e):
		t.Fatalf("%T %v, want a refusal at %s", err, err, step)
	case e.Step != step:
		t.Errorf("refused at %s (%s), want %s", e.Step, e.Sentence, step)
	case !errors.Is(err, tenant.ErrUnauthenticated) || errors.Is(err, tenant.ErrUnavailable):
		t.Errorf("%v is no ErrUnauthenticated", err)
	case !strings.HasSuffix(e.Sentence, ".") || len(e.Sentence) < 20:
		t.Errorf("%q is no sentence", e.Sentence)
	}
	for _, part := range strings.Split(raw, ".") {
		if len(part) > 8 && strings.Contains(err.Error(), part) {
			t.Errorf("the error shows a part of the token: %v", err)
		}
	}
}

func decode(t testing.TB, b []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}
