package tenancy

import (
	"context"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

const (
	// GoogleKeys is where Google publishes the keys that sign the ID tokens of service accounts.
	GoogleKeys = "https://www.googleapis.com/oauth2/v3/certs" //isolint:allow host keys that verify, and no data
	// googleIssuer issues the ID tokens of service accounts.
	googleIssuer = "https://accounts.google.com" //isolint:allow host it is compared with, and not called
)

// PlatformCallerConfig configures a PlatformCaller. All but Now are required.
type PlatformCallerConfig struct {
	Account    string // e-mail address of the only account that may call
	Audience   string // the address that is called, which the token must be made for
	KeysURL    string // where the signing keys are, as a JWK set: GoogleKeys
	HTTPClient *http.Client
	Now        func() time.Time // nil: time.Now
}

// PlatformCaller is who may call one address of a worker: one account of the platform, such as the
// one that Cloud Scheduler or Pub/Sub calls as. Each call brings a token that Google signed for
// that account (OpenID Connect Core 1.0, section 2).
type PlatformCaller struct {
	account  string
	audience string
	now      func() time.Time
	tokens   *oidc.IDTokenVerifier
}

// NewPlatformCaller returns a PlatformCaller. It fetches no key until the first token.
// tenant.ErrInvalid for a configuration that would let in nobody, or anybody.
func NewPlatformCaller(cfg PlatformCallerConfig) (*PlatformCaller, error) {
	if cfg.Account == "" || cfg.Audience == "" || cfg.KeysURL == "" || cfg.HTTPClient == nil {
		return nil, tenant.Invalid("configuration of a caller")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	// The set fetches its keys in the name of no request, for they serve all.
	keys := oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), cfg.HTTPClient), cfg.KeysURL)
	return &PlatformCaller{
		account: cfg.Account, audience: cfg.Audience, now: cfg.Now,
		tokens: oidc.NewVerifier(googleIssuer, keys, &oidc.Config{
			ClientID: cfg.Audience, Now: cfg.Now, SupportedSigningAlgs: []string{oidc.RS256},
		}),
	}, nil
}

// PlatformCall is a call of an account of the platform that proved itself. Only a PlatformCaller
// makes one; the zero PlatformCall is refused.
type PlatformCall struct{ call *platformCall }

type platformCall struct {
	expires time.Time
	now     func() time.Time
}

// Valid reports whether the call was verified and its token has not expired.
func (c PlatformCall) Valid() bool { return c.call != nil && c.call.now().Before(c.call.expires) }

var errNoCall = tenant.Unauthenticated("not a call of the platform's own account")

// Verify verifies the token of a call. It must be signed by Google, for this address and no other,
// and name the account by an e-mail address that Google has verified. tenant.ErrUnauthenticated,
// also if Google's keys cannot be fetched: the scheduler and Pub/Sub call again.
func (c *PlatformCaller) Verify(ctx context.Context, token string) (PlatformCall, error) {
	verified, err := c.tokens.Verify(ctx, token)
	if err != nil {
		return PlatformCall{}, errNoCall
	}
	var who struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := verified.Claims(&who); err != nil || !who.Verified || who.Email != c.account || len(verified.Audience) != 1 {
		return PlatformCall{}, errNoCall
	}
	made := PlatformCall{&platformCall{verified.Expiry, c.now}}
	if !made.Valid() {
		return PlatformCall{}, errNoCall
	}
	return made, nil
}
