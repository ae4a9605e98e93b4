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

// TicksConfig configures Ticks. All but Now are required.
type TicksConfig struct {
	Account    string // e-mail address of the only account that may send ticks
	Audience   string // the address of this service, which the token must be made for
	KeysURL    string // where the signing keys are, as a JWK set: GoogleKeys
	HTTPClient *http.Client
	Now        func() time.Time // nil: time.Now
}

// Ticks verifies the tokens that come with ticks. Google signs one for the account that the
// scheduler sends as (OpenID Connect Core 1.0, section 2).
type Ticks struct {
	account  string
	audience string
	now      func() time.Time
	tokens   *oidc.IDTokenVerifier
}

// NewTicks returns Ticks. It fetches no key until the first token. tenant.ErrInvalid for a
// configuration that would let in nobody, or anybody.
func NewTicks(cfg TicksConfig) (*Ticks, error) {
	if cfg.Account == "" || cfg.Audience == "" || cfg.KeysURL == "" || cfg.HTTPClient == nil {
		return nil, tenant.Invalid("configuration of ticks")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	// The set fetches its keys in the name of no request, for they serve all.
	keys := oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), cfg.HTTPClient), cfg.KeysURL)
	return &Ticks{
		account: cfg.Account, audience: cfg.Audience, now: cfg.Now,
		tokens: oidc.NewVerifier(googleIssuer, keys, &oidc.Config{
			ClientID: cfg.Audience, Now: cfg.Now, SupportedSigningAlgs: []string{oidc.RS256},
		}),
	}, nil
}

// Tick is a call of the scheduler that proved itself. Only Ticks makes one; the zero Tick is
// refused.
type Tick struct{ t *tick }

type tick struct {
	expires time.Time
	now     func() time.Time
}

// Valid reports whether the tick came from a verifier and its token has not expired.
func (t Tick) Valid() bool { return t.t != nil && t.t.now().Before(t.t.expires) }

var errNoTick = tenant.Unauthenticated("not a tick of the scheduler")

// Verify verifies the token of a tick. It must be signed by Google, for this service and no other,
// and name the scheduler's account by an address that Google has verified.
// tenant.ErrUnauthenticated, also if Google's keys cannot be fetched: the scheduler sends the tick
// again.
func (t *Ticks) Verify(ctx context.Context, token string) (Tick, error) {
	verified, err := t.tokens.Verify(ctx, token)
	if err != nil {
		return Tick{}, errNoTick
	}
	var who struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := verified.Claims(&who); err != nil || !who.Verified || who.Email != t.account || len(verified.Audience) != 1 {
		return Tick{}, errNoTick
	}
	made := Tick{&tick{verified.Expiry, t.now}}
	if !made.Valid() {
		return Tick{}, errNoTick
	}
	return made, nil
}
