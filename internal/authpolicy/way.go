package authpolicy

import (
	"errors"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Way is how a session began. It is said by the session's tokens, in the claim "si". The zero Way
// is none, and no session began so.
type Way struct{ s string }

const (
	password = "password"
	recovery = "recovery"
	oidc     = "oidc."
)

// WithPassword is a session that began with a password.
func WithPassword() Way { return Way{password} }

// WithRecoveryCode is a session that began with a password and a recovery code.
func WithRecoveryCode() Way { return Way{recovery} }

// AtProvider is a session that began at the provider.
func AtProvider(id ProviderID) Way { return Way{id.AtGoogle()} }

// ParseWay parses s: "password", "recovery" or "oidc." and a provider's identifier. ErrInvalid.
func ParseWay(s string) (Way, error) {
	if s == password || s == recovery {
		return Way{s}, nil
	}
	id, ok := strings.CutPrefix(s, oidc)
	if _, err := ParseProviderID(id); !ok || err != nil {
		return Way{}, tenant.Invalid("way to sign in")
	}
	return Way{s}, nil
}

// String is the way as the claim has it; "none" for the zero Way.
func (w Way) String() string {
	if w == (Way{}) {
		return "none"
	}
	return w.s
}

// Provider is the provider at which the session began; zero if it began otherwise.
func (w Way) Provider() ProviderID {
	id, ok := strings.CutPrefix(w.s, oidc)
	if !ok {
		return ProviderID{}
	}
	return ProviderID{id}
}

var (
	// ErrWay reports a session that began in a way that the tenant does not accept, or does not
	// accept any more. (401)
	ErrWay = errors.New("authpolicy: way to sign in not accepted")
	// ErrCredential reports a kind of credential that the tenant, or the route, does not accept.
	// (403)
	ErrCredential = errors.New("authpolicy: credential not accepted")
)

// Admits returns nil if a session may begin in this way, or go on that began at a time in this way,
// for somebody with the role; ErrWay if not. Sessions from before sign-ins had ways began with a
// password, and so does the zero Way's.
func (p *Policy) Admits(w Way, role tenant.Role, began, now time.Time) error {
	if id := w.Provider(); !id.IsZero() {
		if o, ok := p.Provider(id); !ok || o.State != Enabled || !p.Accepts().Has(Provider) {
			return ErrWay
		}
		return nil
	}
	switch w {
	case WithPassword(), Way{}:
		return p.admitsPassword(role, began, now)
	case WithRecoveryCode():
		if role != tenant.Admin || !p.Accepts().Has(Password) {
			return ErrWay
		}
		return nil
	}
	return ErrWay
}

func (p *Policy) admitsPassword(role tenant.Role, began, now time.Time) error {
	if !p.Accepts().Has(Password) {
		return ErrWay
	}
	switch p.Enforcement.Now(now) {
	case Off:
		return nil
	case Staged: // what began before goes on until it is enforced
		if role == tenant.Admin || began.Before(p.Enforcement.Since) {
			return nil
		}
	}
	return ErrWay
}
