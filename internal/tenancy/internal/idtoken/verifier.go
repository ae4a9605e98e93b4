package idtoken

import (
	"context"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

// GoogleCertificates is where Google publishes the certificates of the keys that sign ID tokens.
//
//isolint:allow host the certificates are public
const GoogleCertificates = "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com"

const (
	issuerPrefix = "https://securetoken.google.com/"
	maxToken     = 8 << 10         // bytes; a real one has about 1,200
	cacheLife    = 5 * time.Minute // how long a verified token is remembered: also how long a withdrawn key is outlived
	cacheSize    = 65_536
)

// VerifierConfig configures a Verifier.
type VerifierConfig struct {
	Project        string
	CertificateURL string           // Google's x509 certificate map for securetoken: GoogleCertificates
	HTTPClient     *http.Client     // fetches CertificateURL
	Now            func() time.Time // nil: time.Now
	CacheSize      int              // verified tokens kept; 0: 65,536
}

// Verifier verifies Identity Platform ID tokens: strictly, and with a bounded cache keyed by
// SHA-256. What it accepts, Google's SDK accepts too; it refuses more, and it knows no environment
// variable under which it refuses less.
type Verifier struct {
	project string
	issuer  string
	keys    *keySource
	cache   *tokenCache
	now     func() time.Time
}

var projectForm = regexp.MustCompile(`^[a-z][a-z0-9-]{4,28}[a-z0-9]$`)

// NewVerifier returns a Verifier. It fetches nothing until the first token. It returns ErrInvalid
// for a configuration that could verify nothing.
func NewVerifier(cfg VerifierConfig) (*Verifier, error) {
	u, err := url.Parse(cfg.CertificateURL)
	switch {
	case !projectForm.MatchString(cfg.Project):
		return nil, tenant.Invalid("verifier: project")
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, tenant.Invalid("verifier: certificate URL")
	case cfg.HTTPClient == nil:
		return nil, tenant.Invalid("verifier: HTTP client")
	case cfg.CacheSize < 0:
		return nil, tenant.Invalid("verifier: cache size")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.CacheSize == 0 {
		cfg.CacheSize = cacheSize
	}
	return &Verifier{
		project: cfg.Project,
		issuer:  issuerPrefix + cfg.Project,
		keys:    &keySource{url: cfg.CertificateURL, client: cfg.HTTPClient, now: cfg.Now},
		cache:   newTokenCache(cfg.CacheSize),
		now:     cfg.Now,
	}, nil
}

// Verify returns what raw says, if Google signed it for the project and it has not expired:
// ErrUnauthenticated, or ErrUnavailable if that cannot be known for want of keys. It says nothing
// about revocation or the tenant's state, which change while a token does not; the Authenticator
// asks for those at each use.
func (v *Verifier) Verify(ctx context.Context, raw string) (Token, error) {
	if len(raw) > maxToken {
		return nil, errSize
	}
	now := v.now()
	key := digest(raw)
	if t := v.cache.get(key, now); t != nil {
		return t, nil
	}
	t, err := v.verifyUncached(ctx, raw, now)
	if err != nil {
		return nil, err
	}
	until := now.Add(cacheLife)
	if end := t.Common().Expires.Add(Leeway); end.Before(until) {
		until = end
	}
	v.cache.put(key, t, until)
	return t, nil
}

// VerifyExpired is Verify for a token that may have expired. It says whose session the token was
// of, and lets nobody in: ask it to end a session and for nothing else. Google withdraws the key of
// an old token some time after it expired; such a token is ErrUnauthenticated.
func (v *Verifier) VerifyExpired(ctx context.Context, raw string) (Token, error) {
	if len(raw) > maxToken {
		return nil, errSize
	}
	c, err := v.signed(ctx, raw)
	if err != nil {
		return nil, err
	}
	at := v.now()
	if end := time.Unix(int64(c.Expires), 0); end.Before(at) {
		at = end // the last moment at which it was in force
	}
	return c.judge(v.issuer, v.project, at)
}

func (v *Verifier) verifyUncached(ctx context.Context, raw string, now time.Time) (Token, error) {
	c, err := v.signed(ctx, raw)
	if err != nil {
		return nil, err
	}
	return c.judge(v.issuer, v.project, now)
}

// signed returns what raw claims, if Google signed it. It checks from the outside in: nothing is
// decoded of the payload before its signature stands.
func (v *Verifier) signed(ctx context.Context, raw string) (*claims, error) {
	s, err := split(raw)
	if err != nil {
		return nil, err
	}
	kid, err := decodeHeader(s.header)
	if err != nil {
		return nil, err
	}
	key, err := v.keys.key(ctx, kid)
	if err != nil {
		return nil, err
	}
	if err := s.verify(key); err != nil {
		return nil, err
	}
	payload, err := decodeSegment(s.payload)
	if err != nil {
		return nil, err
	}
	return decodeClaims(payload)
}

// Issuer is the issuer whose tokens v verifies.
func (v *Verifier) Issuer() string { return v.issuer }
