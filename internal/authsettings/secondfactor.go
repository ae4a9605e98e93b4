package authsettings

import (
	"context"
	"strconv"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// RequireSecondFactor has people prove a second factor. For the grace, sessions go on without one.
// The grace counts from when it was first required: a change of it starts nothing again. The errors
// are those of Apply: ErrOwn above all for an admin whose own session has proven none, without a
// grace.
func (s *Service) RequireSecondFactor(ctx context.Context, g vending.Grant, version int64, grace time.Duration) (*authpolicy.Policy, error) {
	return s.change(ctx, g, version, func(p *authpolicy.Policy) (note, error) {
		next := p.SecondFactor.Require(grace, s.Now().UTC().Truncate(time.Microsecond))
		if next.Validate() != nil {
			return note{}, invalid("Choose a grace of at most 30 days.")
		}
		n := note{"second-factor.require", "second-factor", inWords(p.SecondFactor), inWords(next)}
		p.SecondFactor = next
		return n, nil
	})
}

// LiftSecondFactor requires no second factor any more. Whoever has set one up is asked for it all
// the same. ErrInvalid if none is required; those of Apply.
func (s *Service) LiftSecondFactor(ctx context.Context, g vending.Grant, version int64) (*authpolicy.Policy, error) {
	return s.change(ctx, g, version, func(p *authpolicy.Policy) (note, error) {
		if !p.SecondFactor.IsRequired() {
			return note{}, invalid("No second factor is required, so there is nothing to lift.")
		}
		n := note{"second-factor.lift", "second-factor", inWords(p.SecondFactor), "not required"}
		p.SecondFactor = authpolicy.SecondFactor{}
		return n, nil
	})
}

func inWords(f authpolicy.SecondFactor) string {
	if !f.IsRequired() {
		return "not required"
	}
	return "required from " + f.From().Format("2006-01-02 15:04 MST") + ", a grace of " +
		strconv.Itoa(int(f.Grace/(24*time.Hour))) + " days"
}
