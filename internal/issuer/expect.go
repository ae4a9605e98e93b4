package issuer

import (
	"context"
	"slices"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Expect is whose token is expected, and for whom. The caller takes all of it from the tenant's own
// settings and nothing from the token.
type Expect struct {
	Tenant     tenant.ID
	Issuer     string   // to the letter
	JWKS       string   // address of the issuer's key set
	Algorithms []string // that the issuer may sign with; of Algorithms

	// For ID tokens.
	ClientID        string        // of the application at the issuer
	Nonce           string        // of the request that the token answers
	RequireAuthTime bool          // the token must say when its person signed in
	MaxAge          time.Duration // longest time since then; 0: any. It requires auth_time.
	AccessToken     string        // that came with the token; empty: none

	// For access tokens.
	Audience string        // what the issuer calls this application's API
	Clients  []string      // clients that may call; empty: each of the issuer's
	MaxLife  time.Duration // longest time from iat to exp; 0: 24 hours
}

// validate refuses what would expect nothing.
func (e *Expect) validate() error {
	known := func(a string) bool { return methods[a] != nil }
	switch {
	case e.Tenant.IsZero():
		return tenant.Invalid("expected token: tenant")
	case e.Issuer == "" || e.JWKS == "":
		return tenant.Invalid("expected token: issuer")
	case len(e.Algorithms) == 0 || slices.ContainsFunc(e.Algorithms, func(a string) bool { return !known(a) }):
		return tenant.Invalid("expected token: algorithms")
	case e.MaxAge < 0 || e.MaxLife < 0:
		return tenant.Invalid("expected token: times")
	}
	return nil
}

// judgeIssuer checks whose token it is, and that its algorithm is one of the issuer's.
func (e *Expect) judgeIssuer(t *token) error {
	switch {
	case !slices.Contains(e.Algorithms, string(t.Algorithm)):
		return refuse(StepAlgorithm, "The token is signed by an algorithm that is not allowed for this issuer.")
	case string(t.Issuer) != e.Issuer:
		return refuse(StepIssuer, "The token is of another issuer; the issuer's name must match to the letter.")
	}
	return nil
}

// verify checks the signature by the issuer's key and the algorithm that was allowed.
func (k *Keys) verify(ctx context.Context, e *Expect, t *token) error {
	public, err := k.key(ctx, e, string(t.KeyID), string(t.Algorithm))
	if err != nil {
		return err
	}
	if methods[string(t.Algorithm)].Verify(t.signed, t.signature, public) != nil {
		return refuse(StepSignature, "The token's signature does not hold.")
	}
	return nil
}
