package signout

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/sessions"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Config configures a Service. All but Logger is needed.
type Config struct {
	Google        *identityplatform.Client
	Authenticator *tenancy.Authenticator
	Revocations   *tenancy.Revocations
	Logger        *slog.Logger // nil: slog.Default
}

// Service lists sessions and ends them. Safe for concurrent use.
type Service struct {
	google        *identityplatform.Client
	authenticator *tenancy.Authenticator
	revocations   *tenancy.Revocations
	log           *slog.Logger
}

// New returns a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Google == nil || cfg.Authenticator == nil || cfg.Revocations == nil {
		return nil, errors.New("signout: a client of Identity Platform, an authenticator and revocations are needed")
	}
	return &Service{cfg.Google, cfg.Authenticator, cfg.Revocations, cmp.Or(cfg.Logger, slog.Default())}, nil
}

// SignOut ends p's session: its tokens, and those that its refresh token could still yield, are
// dead at once in this process and within 5 s in every other. tenant.ErrInvalid if p has no
// session; identityplatform.ErrUnavailable if others may not have heard of it: ask again.
func (s *Service) SignOut(ctx context.Context, p tenancy.Principal) error {
	ctx, cancel := people.Finish(ctx)
	defer cancel()
	if err := s.authenticator.EndSession(ctx, p); err != nil {
		return people.Unavailable("end session", err)
	}
	return nil
}

// SessionsOf returns the sessions of the person that still count, the one used last first.
// users.ErrForbidden unless the caller is the person or an active admin, users.ErrNotFound if there
// is no such person, identityplatform.ErrUnavailable.
func (s *Service) SessionsOf(ctx context.Context, g vending.Grant, u tenant.UserID) ([]sessions.Session, error) {
	if err := s.maySee(ctx, g, u); err != nil {
		return nil, err
	}
	limits, err := s.authenticator.SessionLimits(ctx, g.Tenant())
	if err != nil {
		return nil, people.Unavailable("limits of sessions", err)
	}
	all, err := sessions.List(ctx, g, u, limits)
	if err != nil {
		return nil, people.Unavailable("sessions", err)
	}
	return slices.DeleteFunc(all, func(one sessions.Session) bool {
		// A request that was under way may have written the record again after the end.
		ended, err := s.authenticator.IsEnded(g.Tenant(), u, one.Began)
		return err == nil && ended
	}), nil
}

// EndSession ends one session of the person. sessions.ErrNotFound if it is none of theirs that
// still counts; otherwise the errors of SessionsOf.
func (s *Service) EndSession(ctx context.Context, g vending.Grant, u tenant.UserID, id sessions.ID) error {
	all, err := s.SessionsOf(ctx, g, u)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(one sessions.Session) bool { return one.ID == id })
	if i < 0 {
		return sessions.ErrNotFound
	}
	return s.endAudited(ctx, g, u, "session.end", all[i].Device, func(ctx context.Context) error {
		return s.end(ctx, g, u, all[i:i+1])
	})
}

// EndOtherSessions ends the sessions of the grant's person but the one that asks. Errors are those
// of SessionsOf.
func (s *Service) EndOtherSessions(ctx context.Context, g vending.Grant) error {
	p := g.Principal()
	all, err := s.SessionsOf(ctx, g, p.User())
	if err != nil {
		return err
	}
	own := sessions.IDOf(p.Tenant(), p.User(), p.SignedIn())
	ctx, cancel := people.Finish(ctx)
	defer cancel()
	return s.end(ctx, g, p.User(), slices.DeleteFunc(all, func(one sessions.Session) bool { return one.ID == own }))
}

// EndSessions ends all sessions of the person, those that no record tells of too: no refresh token
// that was issued up to now yields anything any more. Errors are those of SessionsOf.
func (s *Service) EndSessions(ctx context.Context, g vending.Grant, u tenant.UserID) error {
	all, err := s.SessionsOf(ctx, g, u)
	if err != nil {
		return err
	}
	t, err := s.authenticator.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err != nil {
		return err
	}
	dir, err := s.google.Directory(t)
	if err != nil {
		return err
	}
	return s.endAudited(ctx, g, u, "session.end-all", "", func(ctx context.Context) error {
		if err := dir.RevokeRefreshTokens(ctx, u.String()); err != nil {
			return people.Unavailable("revoke refresh tokens", err)
		}
		// The caller's own session comes last: to end the others it must still stand.
		if p := g.Principal(); p.User() == u {
			own := sessions.IDOf(p.Tenant(), u, p.SignedIn())
			all = slices.DeleteFunc(all, func(one sessions.Session) bool { return one.ID == own })
			all = append(all, sessions.Session{ID: own, Began: p.SignedIn()})
		}
		if err := s.end(ctx, g, u, all); err != nil {
			return err
		}
		if err := s.revocations.RevokeUser(ctx, g.Tenant(), u); err != nil {
			return people.Unavailable("revoke", err)
		}
		return nil
	})
}

// end ends the sessions, and then forgets their records. A record that stays hides no session, for
// the list asks the feed too.
func (s *Service) end(ctx context.Context, g vending.Grant, u tenant.UserID, all []sessions.Session) error {
	var ids []sessions.ID
	for _, one := range all {
		ids = append(ids, one.ID)
	}
	// The records first: the caller's own session may be among those that end.
	if err := sessions.Forget(ctx, g, u, ids...); err != nil {
		return people.Unavailable("forget sessions", err)
	}
	for _, one := range all {
		if err := s.authenticator.EndSessionBy(ctx, g.Principal(), u, one.Began); err != nil {
			return people.Unavailable("end session", err)
		}
	}
	return nil
}

// endAudited ends sessions, between two entries of the audit if they are another person's. A crash
// between them leaves a request of which they do not say what came of it.
func (s *Service) endAudited(ctx context.Context, g vending.Grant, u tenant.UserID, action, device string, end func(context.Context) error) error {
	ctx, cancel := people.Finish(ctx)
	defer cancel()
	if u == g.Principal().User() {
		return end(ctx)
	}
	key := "session-" + rand.Text()
	e := audit.Entry{Action: action + ".request", Kind: "user", ID: u.String(), Before: device}
	if err := audit.Of(g).Append(ctx, key+"-request", e); err != nil {
		return people.Unavailable("audit", err)
	}
	if err := end(ctx); err != nil {
		return err
	}
	e.Action = action
	if err := audit.Of(g).Append(ctx, key+"-done", e); err != nil {
		return people.Unavailable("audit", err)
	}
	s.log.InfoContext(ctx, "another's sessions ended", "by", g.Principal(), "user", u.String(), "action", action)
	return nil
}

// maySee returns nil if the caller may see and end the sessions of the person.
func (s *Service) maySee(ctx context.Context, g vending.Grant, u tenant.UserID) error {
	p := g.Principal()
	if p.Method().IsProgram() || p.Role() == 0 {
		return users.ErrForbidden
	}
	if p.User() == u {
		return nil
	}
	records := users.NewRepository(g)
	if err := records.Authorize(ctx, tenant.PeopleManage); err != nil {
		return people.Unavailable("own record", err)
	}
	if _, err := records.Get(ctx, u); err != nil {
		return people.Unavailable("record", err)
	}
	return nil
}
