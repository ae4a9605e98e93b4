package authpolicy

import "github.com/bulkhead-saas/bulkhead/internal/tenant"

// Factor is the second factor that a session has proven, beside how it began. It is said by the
// session's tokens, in the claim "sf". The zero Factor is none.
type Factor struct{ s string }

const (
	byCode     = "totp"
	byPasskey  = "passkey"
	byRecovery = "recovery"
)

// ByCode is a code of an authenticator app (RFC 6238).
func ByCode() Factor { return Factor{byCode} }

// ByPasskey is a passkey (WebAuthn).
func ByPasskey() Factor { return Factor{byPasskey} }

// ByRecovery is a person's own recovery code.
func ByRecovery() Factor { return Factor{byRecovery} }

// ParseFactor parses s: "totp", "passkey" or "recovery". ErrInvalid.
func ParseFactor(s string) (Factor, error) {
	switch s {
	case byCode, byPasskey, byRecovery:
		return Factor{s}, nil
	}
	return Factor{}, tenant.Invalid("second factor")
}

// IsZero reports whether no second factor has been proven.
func (f Factor) IsZero() bool { return f == Factor{} }

// String is the factor as the claim has it; "none" for the zero Factor.
func (f Factor) String() string {
	if f.IsZero() {
		return "none"
	}
	return f.s
}
