package oidc

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Config configures a Provider.
type Config struct {
	Issuer   string // its own address: "http://127.0.0.1:p" or one with a path, with no slash at the end
	Audience string // of access tokens for which the client names no resource; empty: Issuer
	Clients  []Client
	Users    []User
	Now      func() time.Time // nil: time.Now

	// NewKey makes the RSA keys that sign; nil: each is new.
	NewKey func() (*rsa.PrivateKey, error)
}

// Client is an application that people sign in to, or one that acts for itself.
type Client struct {
	ID           string
	Secret       string // empty: a public client, which must use PKCE
	RedirectURIs []string
	Machine      bool // may have access tokens of its own by client credentials; needs a secret
}

// User is somebody who can sign in.
type User struct {
	Subject       string
	Email         string
	EmailVerified bool
	Name          string
	Password      string
	Groups        []string       // none: tokens have no claim of that name
	Claims        map[string]any // further claims of ID tokens, beside those above
}

// Provider is an OpenID provider. Safe for concurrent use.
type Provider struct {
	cfg     Config
	mux     *http.ServeMux
	path    string // of the issuer; empty or "/realms/acme"
	keys    ring
	conduct conduct

	mu       sync.Mutex
	codes    map[string]grant
	sessions map[string]session
}

// New returns a provider with a key of its own. The error is a configuration that nobody could sign
// in with.
func New(cfg Config) (*Provider, error) {
	issuer, err := url.Parse(cfg.Issuer)
	if err != nil || cfg.Issuer == "" {
		return nil, errors.New("oidc: an issuer is required")
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.NewKey == nil {
		cfg.NewKey = func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) }
	}
	if cfg.Audience == "" {
		cfg.Audience = cfg.Issuer
	}
	p := &Provider{cfg: cfg, mux: http.NewServeMux(), path: issuer.Path, codes: map[string]grant{}, sessions: map[string]session{}}
	p.conduct.closed = make(chan struct{})
	if err := p.RotateKeys(); err != nil {
		return nil, err
	}
	own := http.NewCrossOriginProtection()
	p.handle("GET /.well-known/openid-configuration", Discovery, http.HandlerFunc(p.discovery))
	p.handle("GET /keys", KeySet, http.HandlerFunc(p.keySet))
	p.handle("GET /authorize", Authorize, http.HandlerFunc(p.form))
	p.handle("POST /authorize", Authorize, own.Handler(http.HandlerFunc(p.signIn)))
	p.handle("POST /token", Token, http.HandlerFunc(p.token))
	return p, nil
}

func (c Config) check() error {
	for _, u := range c.Users {
		if u.Subject == "" || u.Email == "" || u.Password == "" {
			return fmt.Errorf("oidc: user %q needs a subject, an address and a password", u.Email)
		}
	}
	for _, client := range c.Clients {
		switch {
		case client.ID == "" || len(client.RedirectURIs) == 0 && !client.Machine:
			return fmt.Errorf("oidc: client %q needs an id and a redirect address", client.ID)
		case client.Machine && client.Secret == "":
			return fmt.Errorf("oidc: client %q acts for itself and needs a secret", client.ID)
		}
	}
	return nil
}

// ServeHTTP answers one request.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	p.mux.ServeHTTP(w, r)
}

// Issuer is the provider's issuer identifier.
func (p *Provider) Issuer() string { return p.cfg.Issuer }

// discovery is OpenID Connect Discovery 1.0, section 4.
func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, p.document(p.cfg.Issuer))
}

// document is the metadata of the provider under that issuer's name.
func (p *Provider) document(issuer string) map[string]any {
	return map[string]any{
		"issuer":                                issuer,
		"authorization_endpoint":                p.cfg.Issuer + "/authorize",
		"token_endpoint":                        p.cfg.Issuer + "/token",
		"jwks_uri":                              p.cfg.Issuer + "/keys",
		"response_types_supported":              []string{"code", "id_token"},
		"response_modes_supported":              []string{"query", "fragment"},
		"grant_types_supported":                 []string{"authorization_code", "implicit", "client_credentials"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "email", "profile"},
		"claims_supported": []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "email",
			"email_verified", "name", "groups"},
		"prompt_values_supported":                        []string{"none", "login", "select_account"},
		"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post", "none"},
		"code_challenge_methods_supported":               []string{"S256"},
		"authorization_response_iss_parameter_supported": true,
		"request_parameter_supported":                    false,
		"request_uri_parameter_supported":                false,
	}
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
