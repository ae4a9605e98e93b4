package authsettings

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/bulkhead-saas/bulkhead/guard"
	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// RevertKind is the kind of the job that goes back to passwords when nobody else has signed in at a
// provider within authpolicy.StageTime.
const RevertKind = "enforcement-revert"

// RevertPurpose is what that job may touch of its tenant.
func RevertPurpose() vending.Purpose { return auditOnly() }

func auditOnly() vending.Purpose {
	return vending.Purpose{Collections: map[string]guard.Verbs{location.Audit: guard.Append}}
}

// errUnchanged ends a change that has nothing to do.
var errUnchanged = errors.New("authsettings: nothing to change")

// errNoSealer reports a process that was started without what seals secrets.
var errNoSealer = errors.New("authsettings: nothing seals secrets here")

// Stage has people use a provider from now on: see authpolicy.Staged. It returns the recovery
// codes, which nobody can be shown again. The job that goes back is intended before. If the change
// cannot be entered in the audit, it is taken back. ErrNoProvider, ErrEnforced, and those of
// Apply.
func (s *Service) Stage(ctx context.Context, g vending.Grant, version int64) (codes []string, err error) {
	if err := authorize(ctx, g); err != nil {
		return nil, err
	}
	now := s.Now().UTC().Truncate(time.Microsecond)
	due := now.Add(authpolicy.StageTime)
	intent, err := g.IntendAt(ctx, RevertKind, strconv.FormatInt(due.UnixMicro(), 10), due, nil)
	if err != nil {
		return nil, unavailable("intend", err)
	}
	p, err := s.change(ctx, g, version, func(p *authpolicy.Policy) (note, error) {
		switch {
		case p.Enforcement.Now(now) != authpolicy.Off:
			return note{}, ErrEnforced
		case len(p.Open()) == 0 || !p.Accepts().Has(authpolicy.Provider):
			return note{}, ErrNoProvider
		}
		p.Enforcement, codes = p.Enforcement.Stage(g.Principal().User(), now)
		return note{"enforcement.stage", "enforcement", string(authpolicy.Off), "staged until " + due.Format("15:04 MST")}, nil
	})
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	switch {
	case err != nil && p != nil: // made, and not entered: nobody has seen the codes
		_, undone := s.Policies.Change(after, g.Tenant(), p.Version, func(p authpolicy.Policy) (authpolicy.Policy, error) {
			p.Enforcement = p.Enforcement.Lift(now)
			return p, nil
		})
		return nil, errors.Join(err, undone)
	case err != nil:
		if dropped := intent.Drop(after); dropped != nil {
			s.Logger.InfoContext(ctx, "an intent was not taken back", "error", dropped)
		}
		return nil, err
	}
	return codes, nil
}

// Lift lets people use passwords again. The recovery codes are void then. ErrInvalid if no provider
// is required; those of Apply.
func (s *Service) Lift(ctx context.Context, g vending.Grant, version int64) error {
	_, err := s.change(ctx, g, version, func(p *authpolicy.Policy) (note, error) {
		if p.Enforcement.Now(s.Now()) == authpolicy.Off {
			return note{}, invalid("No provider is required, so there is nothing to lift.")
		}
		n := note{"enforcement.lift", "enforcement", string(p.Enforcement.Is()), string(authpolicy.Off)}
		p.Enforcement = p.Enforcement.Lift(s.Now())
		return n, nil
	})
	return err
}

// Revert does the job RevertKind: it goes back to passwords if the time is up and nobody else has
// signed in at a provider. Otherwise it changes nothing. tenant.ErrUnavailable.
func (s *Service) Revert(ctx context.Context, g vending.Grant, _ []byte) error {
	err := s.byJob(ctx, g, func(p *authpolicy.Policy) (note, error) {
		next, changed := p.Enforcement.Revert(s.Now())
		if !changed {
			return note{}, errUnchanged
		}
		n := note{"enforcement.revert", "enforcement", string(p.Enforcement.Is()), "off: nobody else had signed in at a provider"}
		p.Enforcement = next
		return n, nil
	})
	return err
}

// byJob makes a change that no admin asks for. It is right whatever the version.
func (s *Service) byJob(ctx context.Context, g vending.Grant, do edit) error {
	if g.Principal().Purpose() == "" {
		return fmt.Errorf("%w: a job's change by somebody else", vending.ErrDenied)
	}
	seen, err := s.Policies.Current(ctx, g.Tenant())
	if err == nil {
		_, err = s.record(ctx, g, authpolicies.AnyVersion, *seen, do)
	}
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}
