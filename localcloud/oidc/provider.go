package oidc

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Config configures a Provider.
type Config struct {
	Issuer  string // its own address: "http://127.0.0.1:p", with no slash at the end
	Clients []Client
	Users   []User
	Now     func() time.Time // nil: time.Now
}

// Client is an application that people sign in to.
type Client struct {
	ID           string
	Secret       string // empty: a public client, which must use PKCE
	RedirectURIs []string
}

// User is somebody who can sign in.
type User struct {
	Subject       string
	Email         string
	EmailVerified bool
	Name          string
	Password      string
}

// Provider is an OpenID provider. Safe for concurrent use.
type Provider struct {
	cfg Config
	mux *http.ServeMux
	key *rsa.PrivateKey
	kid string

	mu    sync.Mutex
	codes map[string]grant
}

// New returns a provider with a key of its own. The error is a configuration that nobody could sign
// in with.
func New(cfg Config) (*Provider, error) {
	if cfg.Issuer == "" {
		return nil, errors.New("oidc: an issuer is required")
	}
	for _, u := range cfg.Users {
		if u.Subject == "" || u.Email == "" || u.Password == "" {
			return nil, fmt.Errorf("oidc: user %q needs a subject, an address and a password", u.Email)
		}
	}
	for _, c := range cfg.Clients {
		if c.ID == "" || len(c.RedirectURIs) == 0 {
			return nil, fmt.Errorf("oidc: client %q needs an id and a redirect address", c.ID)
		}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	p := &Provider{cfg: cfg, mux: http.NewServeMux(), key: key, kid: newSecret(), codes: map[string]grant{}}
	p.mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	p.mux.HandleFunc("GET /keys", p.keys)
	p.mux.HandleFunc("GET /authorize", p.form)
	p.mux.HandleFunc("POST /authorize", p.signIn)
	p.mux.HandleFunc("POST /token", p.token)
	return p, nil
}

// ServeHTTP answers one request.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	p.mux.ServeHTTP(w, r)
}

// discovery is OpenID Connect Discovery 1.0, section 4.
func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                p.cfg.Issuer,
		"authorization_endpoint":                p.cfg.Issuer + "/authorize",
		"token_endpoint":                        p.cfg.Issuer + "/token",
		"jwks_uri":                              p.cfg.Issuer + "/keys",
		"response_types_supported":              []string{"code", "id_token"},
		"response_modes_supported":              []string{"query", "fragment"},
		"grant_types_supported":                 []string{"authorization_code", "implicit"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "email", "profile"},
		"claims_supported":                      []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "email", "email_verified", "name"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post", "none"},
		"code_challenge_methods_supported":      []string{"S256"},
	})
}

// keys is the key set of RFC 7517.
func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	b64 := base64.RawURLEncoding.EncodeToString
	writeJSON(w, http.StatusOK, map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": p.kid,
		"n": b64(p.key.N.Bytes()), "e": b64(big.NewInt(int64(p.key.E)).Bytes()),
	}}})
}

func (p *Provider) client(id string) (Client, bool) {
	i := slices.IndexFunc(p.cfg.Clients, func(c Client) bool { return c.ID == id })
	if i < 0 {
		return Client{}, false
	}
	return p.cfg.Clients[i], true
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // a caller that hung up is no concern of ours
}

// newSecret returns 32 random bytes as text.
func newSecret() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
