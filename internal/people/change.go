package people

import (
	"context"
	"errors"
	"strings"
	"time"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// ChangeRole gives a person of the grant's tenant another role. The caller must be an active admin,
// by the truth and not by their token. Errors are those of users.Repository.ChangeRole, and
// identityplatform.ErrUnavailable.
//
// The order is: the intent to follow; the truth, in a transaction that also protects the last
// admin; the copy at Identity Platform; the revocation of the ID tokens issued so far. Once begun
// it goes on whatever becomes of the caller. If the copy or the revocation fails, the person is
// returned as they now are together with identityplatform.ErrUnavailable: a worker does the rest,
// and until then Refresh goes by the truth.
//
// Asking for the role that the person has already ends no session, unless an earlier change was
// left half done.
func (s *Service) ChangeRole(ctx context.Context, g vending.Grant, id tenant.UserID, r tenant.Role) (users.User, error) {
	return s.ChangeRoleIf(ctx, g, id, r, time.Time{})
}

// ChangeRoleIf is ChangeRole for a person who was last changed at this time: tenant.ErrStale if
// somebody was faster. The zero time is any.
func (s *Service) ChangeRoleIf(ctx context.Context, g vending.Grant, id tenant.UserID, r tenant.Role, updated time.Time) (users.User, error) {
	return s.change(ctx, g, id, RoleChanged, func(ctx context.Context, people *users.Repository) (users.User, error) {
		return people.If(updated).ChangeRole(ctx, id, r)
	})
}

// SetDisabled stops a person of the grant's tenant from signing in, or lets them again. Conditions,
// errors and order are those of ChangeRole: the record, the account at Identity Platform, the
// revocation. API keys that they made go on.
func (s *Service) SetDisabled(ctx context.Context, g vending.Grant, id tenant.UserID, disabled bool) (users.User, error) {
	return s.SetDisabledIf(ctx, g, id, disabled, time.Time{})
}

// SetDisabledIf is SetDisabled for a person who was last changed at this time: tenant.ErrStale if
// somebody was faster. The zero time is any.
func (s *Service) SetDisabledIf(ctx context.Context, g vending.Grant, id tenant.UserID, disabled bool, updated time.Time) (users.User, error) {
	status, what := users.Active, Enabled
	if disabled {
		status, what = users.Disabled, Disabled
	}
	return s.change(ctx, g, id, what, func(ctx context.Context, people *users.Repository) (users.User, error) {
		return people.If(updated).SetStatus(ctx, id, status)
	})
}

// change is Write for whoever manages people. The person is told by letter of what was changed.
func (s *Service) change(ctx context.Context, g vending.Grant, id tenant.UserID, what Change,
	write func(context.Context, *users.Repository) (users.User, error),
) (users.User, error) {
	if !g.Principal().May(tenant.PeopleManage) {
		return users.User{}, users.ErrForbidden
	}
	changed := false
	u, err := s.Write(ctx, g, id, func(ctx context.Context, people *users.Repository) (users.User, error) {
		before, err := people.Get(ctx, id)
		if err != nil {
			return users.User{}, err
		}
		u, err := write(ctx, people)
		changed = err == nil && u != before
		return u, err
	})
	if changed && id != g.Principal().User() {
		s.tellOther(ctx, g, what, id)
	}
	return u, err
}

// Write writes a person's record and brings everything else after it, in the order of ChangeRole.
// Who may write it, write itself decides.
//
// An error of write that is no refusal leaves open whether the record was written: the answer was
// lost, or came too late. Then everything is brought after the record as it is, and the intent
// stays, for the write may still take effect.
func (s *Service) Write(ctx context.Context, g vending.Grant, id tenant.UserID,
	write func(context.Context, *users.Repository) (users.User, error),
) (users.User, error) {
	ctx, cancel := Finish(ctx)
	defer cancel()
	intent, err := g.Intend(ctx, FollowKind, followed{id.String()})
	if err != nil {
		return users.User{}, Unavailable("intend", err)
	}
	people := users.NewRepository(g)
	u, err := write(ctx, people)
	switch {
	case isRefusal(err):
		s.drop(ctx, intent)
		return users.User{}, err
	case err != nil:
		now, cancel := Finish(ctx)
		defer cancel()
		if u, readErr := people.Get(now, id); readErr == nil {
			if followErr := s.follow(now, g, u); followErr != nil {
				s.log.WarnContext(ctx, "a change that may be written is not followed yet",
					"tenant", g.Tenant().String(), "user", id.String(), "error", followErr)
			}
		}
		return users.User{}, Unavailable("change", err)
	}
	if !s.settled(ctx, g, u) {
		if err := s.follow(ctx, g, u); err != nil {
			return u, err
		}
	}
	s.drop(ctx, intent)
	return u, nil
}

// drop takes an intent back. Where that fails, a worker does once more what is done.
func (s *Service) drop(ctx context.Context, i vending.Intent) {
	if err := i.Drop(ctx); err != nil {
		s.log.InfoContext(ctx, "an intent was not taken back", "error", err)
	}
}

// isRefusal reports whether err says that nothing was written, and nothing will be.
// vending.ErrDenied does not say so: a commit whose answer was lost is sent again, and the caller
// may be revoked meanwhile.
func isRefusal(err error) bool {
	for _, refusal := range []error{users.ErrForbidden, users.ErrNotFound, users.ErrInvalid, users.ErrLastAdmin, tenant.ErrStale, identityplatform.ErrCode} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

// settled reports whether everything that follows the last change of the person's record has been
// done: the revocation stands in the control plane, and the account is as the record says. What
// cannot be told is not settled.
func (s *Service) settled(ctx context.Context, g vending.Grant, u users.User) bool {
	t, err := s.authenticator.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err != nil {
		return false
	}
	if !u.Updated.Equal(u.Created) { // a new person has no tokens from before
		if covered, err := s.revocations.Covers(ctx, t.ID, u.ID, u.Updated); err != nil || !covered {
			return false
		}
	}
	dir, err := s.google.Directory(t)
	if err != nil {
		return false
	}
	account, err := dir.GetUser(ctx, u.ID.String())
	return err == nil && claimsEqual(account, claimsOf(t, u)) && account.Disabled == (u.Status != users.Active) &&
		sameAddress(account, u)
}

// copyAccount makes the account at Identity Platform as disabled as its record, and gives it the
// record's address. An account without an address, of somebody who comes from a provider alone,
// gets none.
func (s *Service) copyAccount(ctx context.Context, t tenant.Tenant, u users.User) error {
	dir, err := s.google.Directory(t)
	if err != nil {
		return err
	}
	account, err := dir.GetUser(ctx, u.ID.String())
	if err != nil {
		return Unavailable("read account", err)
	}
	update := new(firebaseauth.UserToUpdate).Disabled(u.Status != users.Active)
	if !sameAddress(account, u) {
		update = update.Email(u.Email).EmailVerified(true)
	}
	if _, err := dir.UpdateUser(ctx, u.ID.String(), update); err != nil {
		return Unavailable("write account", err)
	}
	return nil
}

// sameAddress reports whether an account has its record's address, or none.
func sameAddress(account *firebaseauth.UserRecord, u users.User) bool {
	return account.Email == "" || strings.EqualFold(account.Email, u.Email)
}

// Refused is err, after repairing what it shows: an account whose record is disabled while Identity
// Platform still let it in. The repair may fail, for the answer is the same either way.
func (s *Service) Refused(ctx context.Context, t tenant.Tenant, u users.User, err error) error {
	if !errors.Is(err, identityplatform.ErrDisabled) {
		return err
	}
	if repairErr := s.copyAccount(ctx, t, u); repairErr != nil {
		s.log.WarnContext(ctx, "disabled account still open at Identity Platform",
			"tenant", t.ID.String(), "user", u.ID.String(), "error", repairErr)
	}
	return err
}
