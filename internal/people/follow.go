package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/bulkhead-saas/bulkhead/guard"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/sessions"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// A change of a person is three writes at three places: the record in the tenant's database, its
// copy at Identity Platform, and the revocation in the control plane. No transaction spans them. So
// the intent to follow the record is written first, and taken back when all three are done.
// Whatever dies between them, a worker finds the intent and brings the other two after the record.

// FollowKind is the kind of the job that brings the copy at Identity Platform and the revocations
// after a person's record. Its payload names the person.
const FollowKind = "identity-follow"

// FollowPurpose is what that job may touch of its tenant.
func FollowPurpose() vending.Purpose {
	return vending.Purpose{Collections: map[string]guard.Verbs{location.Users: guard.Read, location.Sessions: guard.Write}}
}

// followed is its payload.
type followed struct {
	User string `json:"user"`
}

// Follow does the job of an intent that was not taken back: the copy and the revocation of a
// person, after their record. g reaches the record. An error that wraps jobs.ErrGiveUp for a
// payload that is none, else identityplatform.ErrUnavailable.
func (s *Service) Follow(ctx context.Context, g vending.Grant, payload []byte) error {
	var who followed
	if err := json.Unmarshal(payload, &who); err != nil {
		return fmt.Errorf("%w: the payload is not JSON", jobs.ErrGiveUp)
	}
	id, err := tenant.ParseUserID(who.User)
	if err != nil || id.IsZero() {
		return fmt.Errorf("%w: the payload names no person", jobs.ErrGiveUp)
	}
	u, err := users.NewRepository(g).Get(ctx, id)
	switch {
	case errors.Is(err, users.ErrNotFound): // whoever it was has no access, and needs no account
		if err := s.gone(ctx, g, id); err != nil {
			return err
		}
		if err := sessions.ForgetAll(ctx, g, id); err != nil {
			return Unavailable("forget sessions", err)
		}
		return nil
	case err != nil:
		return Unavailable("read a record", err)
	}
	return s.follow(ctx, g, u)
}

// gone ends what an account without a record was issued, and deletes the account.
func (s *Service) gone(ctx context.Context, g vending.Grant, id tenant.UserID) error {
	t, err := s.authenticator.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err != nil {
		return Unavailable("tenant", err)
	}
	return s.expel(ctx, t, id)
}

// follow brings the copies of role and status at Identity Platform, and the revocation of the
// tokens issued so far, after a record that has been written.
func (s *Service) follow(ctx context.Context, g vending.Grant, u users.User) error {
	t, err := s.authenticator.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err == nil {
		err = errors.Join(s.CopyRole(ctx, t, u), s.copyAccount(ctx, t, u))
	}
	err = errors.Join(err, s.revocations.RevokeUser(ctx, g.Tenant(), u.ID))
	if err != nil {
		return fmt.Errorf("%w: the change is written but has not reached every copy: %w", identityplatform.ErrUnavailable, err)
	}
	return nil
}
