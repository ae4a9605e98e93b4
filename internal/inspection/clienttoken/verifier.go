package clienttoken

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

// The kinds of issuers.
const (
	IdentityPlatform = "identity-platform"
	OIDC             = "oidc"
)

// Issuer is one that B trusts. It is a member of the configuration.
type Issuer struct {
	Kind string `json:"kind"`

	// Of kind "identity-platform".
	Project string `json:"project,omitzero"`

	// Of kind "oidc".
	Issuer   string `json:"issuer,omitzero"`   // the claim iss, as it is
	Audience string `json:"audience,omitzero"` // the claim aud, which stands for B
	JWKS     string `json:"jwks,omitzero"`     // the address of its key set
	Tenant   string `json:"tenant,omitzero"`   // the one that it speaks for
}

// Client is who a token speaks for.
type Client struct {
	Tenant   string
	Document string // the one document; "": any of the tenant's
	Subject  string
}

// What is wrong with a token.
var (
	// ErrRefused reports a token that is not made for B, or not by whom B trusts, or not now.
	ErrRefused = errors.New("clienttoken: refused")
	// ErrUnavailable reports that the issuer's keys could not be fetched. The token may be sound.
	ErrUnavailable = errors.New("clienttoken: the issuer's keys cannot be had")
)

func refused(why string) error { return fmt.Errorf("%w: %s", ErrRefused, why) }

// Config configures a Verifier.
type Config struct {
	Issuers    []Issuer
	HTTPClient *http.Client     // reaches Google, and the issuers of kind oidc
	Plaintext  bool             // JWKS may be http
	Now        func() time.Time // nil: time.Now
}

// Verifier verifies tokens. Safe for concurrent use.
type Verifier struct {
	issuers map[string]*issuer // by the claim iss
	now     func() time.Time
}

type issuer struct {
	of   Issuer
	keys *keySource
}

// certificates is where Google publishes the keys of Identity Platform.
//
//isolint:allow host the keys are public, and asked for without a credential
const certificates = "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com"

// securetoken begins the claim iss of Identity Platform's tokens. The project follows.
const securetoken = "https://securetoken.google.com/"

// NewVerifier returns a Verifier. It fetches nothing yet. It returns every fault of the issuers.
func NewVerifier(cfg Config) (*Verifier, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	v := &Verifier{issuers: map[string]*issuer{}, now: cfg.Now}
	var faults []error
	for n, i := range cfg.Issuers {
		if err := v.add(i, cfg); err != nil {
			faults = append(faults, fmt.Errorf("issuer %d: %w", n+1, err))
		}
	}
	if len(cfg.Issuers) == 0 {
		faults = append(faults, errors.New("there is no issuer"))
	}
	return v, errors.Join(faults...)
}

func (v *Verifier) add(i Issuer, cfg Config) error {
	source := &keySource{client: cfg.HTTPClient, now: cfg.Now}
	switch i.Kind {
	case IdentityPlatform:
		if i != (Issuer{Kind: i.Kind, Project: i.Project}) || i.Project == "" {
			return errors.New("one of Identity Platform has a project, and nothing else")
		}
		i.Issuer, i.Audience = securetoken+i.Project, i.Project
		source.url, source.parse = certificates, parseCertificates
	case OIDC:
		at, err := url.Parse(i.JWKS)
		switch {
		case i.Project != "" || i.Issuer == "" || i.Audience == "" || !IsName(i.Tenant):
			return errors.New("one of OpenID Connect has an issuer, an audience, a JWK set and a tenant")
		case err != nil || at.Host == "" || at.Scheme != "https" && (at.Scheme != "http" || !cfg.Plaintext):
			return fmt.Errorf("the address of the JWK set, %q, is not https", i.JWKS)
		}
		source.url, source.parse = i.JWKS, parseJWKS
	default:
		return fmt.Errorf("its kind %q is neither %s nor %s", i.Kind, IdentityPlatform, OIDC)
	}
	if v.issuers[i.Issuer] != nil {
		return fmt.Errorf("%s is listed twice", i.Issuer)
	}
	v.issuers[i.Issuer] = &issuer{i, source}
	return nil
}

// names are those of tenants and documents. B knows nothing more of them.
var names = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// IsName reports whether s is of the form of names of tenants and documents.
func IsName(s string) bool { return names.MatchString(s) }

// Verify returns whom a token speaks for. It returns ErrRefused, ErrUnavailable, or the error of
// ctx.
func (v *Verifier) Verify(ctx context.Context, raw string) (Client, error) {
	t, err := parse(raw)
	if err != nil {
		return Client{}, err
	}
	c, err := decodeClaims(t.payload)
	if err != nil {
		return Client{}, err
	}
	by := v.issuers[string(c.Issuer)] // nothing of the token counts yet: it only says whose keys to ask for
	if by == nil {
		return Client{}, refused("issuer")
	}
	key, err := by.keys.key(ctx, t.kid)
	if err != nil {
		return Client{}, err
	}
	if err := t.verify(key); err != nil {
		return Client{}, err
	}
	if err := c.judgeTimes(v.now().Unix()); err != nil {
		return Client{}, err
	}
	if by.of.Kind == OIDC {
		return c.ofTenantsIssuer(by.of)
	}
	return c.ofIdentityPlatform(by.of)
}
