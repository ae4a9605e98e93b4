package identity

import (
	"context"
	"errors"
	"fmt"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// ChangeRole gives a person of the grant's tenant another role. The caller must be an active admin, by the truth and not
// by their token. Errors are those of users.Repository.ChangeRole, and ErrUnavailable.
//
// The order is: the truth, in a transaction that also protects the last admin; the copy at Identity Platform; the
// revocation of the ID tokens issued so far. Once the truth is written the other two are both attempted, whatever becomes
// of the caller or of the other. If one fails, the person is returned as they now are together with ErrUnavailable:
// asking again does the rest, and until then Refresh goes by the truth.
//
// Asking for the role that the person has already ends no session, unless an earlier change was left half done.
func (s *Service) ChangeRole(ctx context.Context, g vending.Grant, id tenant.UserID, r tenant.Role) (users.User, error) {
	u, err := users.NewRepository(g).ChangeRole(ctx, id, r)
	if err != nil {
		return users.User{}, unavailable("change role", err)
	}
	return u, s.follow(ctx, g, u, s.copyRole)
}

// SetDisabled stops a person of the grant's tenant from signing in, or lets them again. Conditions, errors and order are
// those of ChangeRole: the record, the account at Identity Platform, the revocation.
func (s *Service) SetDisabled(ctx context.Context, g vending.Grant, id tenant.UserID, disabled bool) (users.User, error) {
	status := users.Active
	if disabled {
		status = users.Disabled
	}
	u, err := users.NewRepository(g).SetStatus(ctx, id, status)
	if err != nil {
		return users.User{}, unavailable("set status", err)
	}
	return u, s.follow(ctx, g, u, s.copyStatus)
}

// follow brings Identity Platform and the revocation feed after a truth that has been written.
func (s *Service) follow(ctx context.Context, g vending.Grant, u users.User, copyTo func(context.Context, tenant.Tenant, users.User) error) error {
	ctx, cancel := detached(ctx)
	defer cancel()
	t, err := s.authenticator.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err == nil && s.settled(ctx, t, u) {
		return nil
	}
	if err == nil {
		err = copyTo(ctx, t, u)
	}
	err = errors.Join(err, s.revocations.RevokeUser(ctx, g.Tenant(), u.ID))
	if err != nil {
		return fmt.Errorf("%w: the change is written but has not reached every copy: %w", ErrUnavailable, err)
	}
	return nil
}

// settled reports whether everything that follows the last change of the person's record has been done: the revocation
// stands in the control plane, and the account is as the record says. What cannot be told is not settled.
func (s *Service) settled(ctx context.Context, t tenant.Tenant, u users.User) bool {
	if !u.Updated.Equal(u.Created) { // a new person has no tokens from before
		if covered, err := s.revocations.Covers(ctx, t.ID, u.ID, u.Updated); err != nil || !covered {
			return false
		}
	}
	dir, err := s.directory(t)
	if err != nil {
		return false
	}
	account, err := dir.GetUser(ctx, u.ID.String())
	return err == nil && claimsEqual(account, claimsOf(t, u)) && account.Disabled == (u.Status != users.Active)
}

// copyStatus makes the account at Identity Platform as disabled as its record.
func (s *Service) copyStatus(ctx context.Context, t tenant.Tenant, u users.User) error {
	dir, err := s.directory(t)
	if err != nil {
		return err
	}
	disabled := u.Status != users.Active
	if _, err := dir.UpdateUser(ctx, u.ID.String(), new(firebaseauth.UserToUpdate).Disabled(disabled)); err != nil {
		return unavailable("set disabled", err)
	}
	return nil
}

// refused is err, after repairing what it shows: an account whose record is disabled while Identity Platform still let it
// in. The repair may fail, for the answer is the same either way.
func (s *Service) refused(ctx context.Context, t tenant.Tenant, u users.User, err error) error {
	if !errors.Is(err, ErrDisabled) {
		return err
	}
	if repairErr := s.copyStatus(ctx, t, u); repairErr != nil {
		s.log.WarnContext(ctx, "disabled account still open at Identity Platform",
			"tenant", t.ID.String(), "user", u.ID.String(), "error", repairErr)
	}
	return err
}
