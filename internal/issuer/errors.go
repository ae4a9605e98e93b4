package issuer

import (
	"errors"
	"fmt"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Step is the check at which a token failed.
type Step string

// The steps, in the order in which they are taken.
const (
	StepParse     Step = "parse"
	StepType      Step = "typ"
	StepAlgorithm Step = "alg"
	StepIssuer    Step = "issuer"
	StepAudience  Step = "audience"
	StepParty     Step = "party"
	StepSubject   Step = "subject"
	StepTime      Step = "time"
	StepKey       Step = "key"
	StepSignature Step = "signature"
	StepNonce     Step = "nonce"
	StepAuthTime  Step = "auth_time"
	StepHash      Step = "at_hash"
)

// VerifyError is why a token was refused. It holds nothing of the token. It wraps
// ErrUnauthenticated, or ErrUnavailable if the keys could not be had.
type VerifyError struct {
	Step     Step
	Sentence string // one plain sentence for the tenant's admin
	err      error
}

func (e *VerifyError) Error() string { return fmt.Sprintf("issuer: %s: %s", e.Step, e.Sentence) }

// Unwrap returns ErrUnauthenticated or ErrUnavailable, and what stands behind it.
func (e *VerifyError) Unwrap() error { return e.err }

func refuse(step Step, sentence string) error {
	return &VerifyError{Step: step, Sentence: sentence, err: tenant.Unauthenticated(string(step))}
}

var errNoKeys = errors.New("no keys")

func unavailable(sentence string, cause error) error {
	if cause == nil {
		cause = errNoKeys
	}
	return &VerifyError{Step: StepKey, Sentence: sentence, err: tenant.Unavailable("keys of an issuer", cause)}
}
