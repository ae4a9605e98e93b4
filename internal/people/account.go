package people

import (
	"context"
	"errors"
	"fmt"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// NewPassword sets the password of p's person, and brings the rest after it: the entry of the
// audit, the letter, and the end of every session. Identity Platform is where the password is, so
// the intent comes first, as in Write: whatever dies, a worker ends the sessions.
//
// If set returns identityplatform.ErrCode or identityplatform.ErrPassword, nothing has happened,
// and that is returned. With identityplatform.ErrUnavailable the password may be set.
func (s *Service) NewPassword(ctx context.Context, p tenancy.Principal, action Change, set func(context.Context) error) error {
	ctx, cancel := Finish(ctx)
	defer cancel()
	g, err := s.machine.Vend(ctx, p)
	if err != nil {
		return Unavailable("vend", err)
	}
	intent, err := g.Intend(ctx, FollowKind, followed{p.User().String()})
	if err != nil {
		return Unavailable("intend", err)
	}
	err = set(ctx)
	if errors.Is(err, identityplatform.ErrCode) || errors.Is(err, identityplatform.ErrPassword) {
		s.drop(ctx, intent)
		return err
	}
	failed := err
	if failed == nil {
		s.tell(ctx, g, action, p.User())
	}
	if err := s.revocations.RevokeUser(ctx, p.Tenant(), p.User()); err != nil {
		return Unavailable("revoke", err)
	}
	if failed != nil {
		return Unavailable("set a password", failed) // it may be set still: the intent stays
	}
	s.drop(ctx, intent)
	return nil
}

// tell keeps an entry of what a person did to their account, and has a letter about it written to
// them. What fails is logged: the change is made either way.
func (s *Service) tell(ctx context.Context, g vending.Grant, action Change, id tenant.UserID) {
	key := fmt.Sprintf("%s-%s-%d", action, id, s.now().UnixNano())
	err := errors.Join(
		audit.Of(g).Append(ctx, key, audit.Entry{Action: string(action), Kind: "user", ID: id.String()}),
		PostChange(ctx, g, action, id),
	)
	if err != nil {
		s.log.WarnContext(ctx, "a change of an account is not told", "tenant", g.Tenant().String(), "action", string(action), "error", err)
	}
}

// tellOther has a letter written to another person about what the caller of g did to their account.
// What fails is logged: the change is made either way.
func (s *Service) tellOther(ctx context.Context, g vending.Grant, what Change, id tenant.UserID) {
	ctx, cancel := Finish(ctx)
	defer cancel()
	p, err := s.authenticator.Telling(ctx, g.Principal())
	var reach vending.Grant
	if err == nil {
		reach, err = s.machine.Vend(ctx, p)
	}
	if err == nil {
		err = PostChange(ctx, reach, what, id)
	}
	if err != nil {
		s.log.WarnContext(ctx, "a change of an account is not told", "tenant", g.Tenant().String(), "action", string(what), "error", err)
	}
}

// Erase erases a person: erase takes the record away, then the tokens issued so far die, and the
// account is deleted. The job that follows the record is done, too: it deletes what another process
// notes of a session meanwhile. ctx must be one of Finish.
//
// If erase refuses, as users.Repository does, nothing has happened, and its error is returned. With
// identityplatform.ErrUnavailable the person may be erased: a worker finds out and does the rest.
func (s *Service) Erase(ctx context.Context, g vending.Grant, id tenant.UserID, erase func(context.Context) error) error {
	intent, err := g.Intend(ctx, FollowKind, followed{id.String()})
	if err != nil {
		return Unavailable("intend", err)
	}
	err = erase(ctx)
	switch {
	case isRefusal(err):
		s.drop(ctx, intent)
		return err
	case err != nil:
		return Unavailable("erase", err) // it may be written: a worker finds out
	}
	return s.gone(ctx, g, id)
}

// EndSessions ends all sessions of a person: no refresh token of theirs yields another token, and
// those that were issued are dead. identityplatform.ErrUnavailable.
func (s *Service) EndSessions(ctx context.Context, g vending.Grant, id tenant.UserID) error {
	t, err := s.authenticator.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err != nil {
		return err
	}
	dir, err := s.google.Directory(t)
	if err != nil {
		return err
	}
	if err := dir.RevokeRefreshTokens(ctx, id.String()); err != nil {
		return Unavailable("end sessions", err)
	}
	if err := s.revocations.RevokeUser(ctx, g.Tenant(), id); err != nil {
		return Unavailable("revoke", err)
	}
	return nil
}
