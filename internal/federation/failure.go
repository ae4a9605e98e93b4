package federation

import (
	"errors"
	"fmt"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Why a sign-in at a provider fails. What people are told is the door's; what an admin reads is in
// the list of failed sign-ins.
var (
	// ErrFlow reports an answer to no sign-in that this browser has begun. (400)
	ErrFlow = errors.New("federation: answer to no sign-in of this browser")
	// ErrFlowOver reports an answer that came after FlowLife. (400)
	ErrFlowOver = errors.New("federation: sign-in took too long")
	// ErrNoProvider reports a provider that nobody may sign in at. (404)
	ErrNoProvider = errors.New("federation: no such provider")
	// ErrProviderRefused reports a provider that did not sign the person in. (403)
	ErrProviderRefused = errors.New("federation: refused by the provider")
	// ErrProviderFault reports a provider that answered what cannot be used. (502)
	ErrProviderFault = errors.New("federation: answer of the provider cannot be used")
	// ErrProviderDown reports a provider that could not be asked. (503)
	ErrProviderDown = errors.New("federation: provider could not be asked")
	// ErrProviderToken reports an ID token that was refused. (401)
	ErrProviderToken = errors.New("federation: ID token of the provider refused")
	// ErrStranger reports somebody whom the tenant does not know. (403)
	ErrStranger = errors.New("federation: nobody of this tenant")
	// ErrNoAddress reports somebody new of whom the provider says no verified address. (403)
	ErrNoAddress = errors.New("federation: no verified address")
	// ErrLoginTaken reports that somebody else of the tenant signs in so. (409)
	ErrLoginTaken = errors.New("federation: way to sign in of another person")
	// ErrLastLogin reports the last way to sign in that a person has. (409)
	ErrLastLogin = errors.New("federation: last way to sign in")
	// ErrOther reports that the session is not the one in which a test or a connection began. (403)
	ErrOther = errors.New("federation: begun by somebody else")
)

// Step is where a sign-in at a provider failed.
type Step string

// The steps, in their order. A token that is refused fails at "id token:" and an issuer.Step.
const (
	StepAuthorize Step = "authorize" // the provider's own sign-in page
	StepState     Step = "state"     // what came back is no answer to what was asked
	StepCode      Step = "code"      // the code was not taken
	StepToken     Step = "token"     // the answer with the tokens cannot be used
	StepIDToken   Step = "id token"
	StepPerson    Step = "person"
	StepPolicy    Step = "policy"
)

// ProviderError is why a sign-in at a provider failed. It holds no secret and no token.
type ProviderError struct {
	Step     Step
	Sentence string // for the admin
	err      error  // one of the errors above, and what stands behind it
}

func (e *ProviderError) Error() string {
	return fmt.Sprintf("federation: sign-in at a provider: %s: %s (%v)", e.Step, e.Sentence, e.err)
}

// Unwrap returns what the door knows.
func (e *ProviderError) Unwrap() error { return e.err }

func failure(step Step, err error, sentence string, cause error) error {
	if cause != nil {
		err = fmt.Errorf("%w: %w", err, cause)
	}
	return &ProviderError{step, sentence, err}
}

// failedToken is what Authenticator.AtProvider refused with, as a failure.
func failedToken(err error) error {
	if refused, ok := errors.AsType[*issuer.VerifyError](err); ok {
		why := ErrProviderToken
		if errors.Is(err, tenant.ErrUnavailable) {
			why = ErrProviderDown
		}
		return failure(StepIDToken+":"+Step(refused.Step), why, refused.Sentence, nil)
	}
	switch {
	case errors.Is(err, authpolicy.ErrWay):
		return failure(StepPolicy, authpolicy.ErrWay, "The workspace does not accept sign-ins at providers.", nil)
	case errors.Is(err, tenant.ErrUnauthenticated):
		return failure(StepPolicy, ErrNoProvider, "The provider is not one that this may be done at.", err)
	}
	return people.Unavailable("sign-in at a provider", err)
}
