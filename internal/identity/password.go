package identity

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/mail"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// resetEvery is how often an address gets a letter with a code for a new password.
const resetEvery = 5 * time.Minute

// AskReset has a letter with a code for a new password written to whoever has the address in t. It
// looks nobody up, so its answer says nothing of who is there. An address gets one letter in five
// minutes. users.ErrInvalid for what is no address, identityplatform.ErrUnavailable.
func (s *Service) AskReset(ctx context.Context, t tenant.Tenant, email string) error {
	if _, err := users.ParseAddress(email); err != nil {
		return err
	}
	p, err := s.authenticator.Asking(ctx, tenant.SelectID(t.ID))
	if err != nil {
		return err
	}
	g, err := s.machine.Vend(ctx, p)
	if err != nil {
		return unavailable("vend", err)
	}
	n := mail.Note{Kind: letterReset, To: email, Once: email + " " + s.now().Truncate(resetEvery).Format(time.RFC3339)}
	return unavailableOr("post a mail", mail.Post(ctx, g, n))
}

// unavailableOr is unavailable where there is an error.
func unavailableOr(what string, err error) error {
	if err != nil {
		return unavailable(what, err)
	}
	return nil
}

// Reset sets the password of the person to whom a code was mailed, and ends all their sessions. The
// code is used up. Once begun it goes on whatever becomes of the caller.
//
//	identityplatform.ErrCode         the code is none, was used, or is too old
//	identityplatform.ErrPassword     the password is too short or too easily guessed; the code is good still
//	identityplatform.ErrDisabled, ErrNoAccess
//	identityplatform.ErrUnavailable  something could not be asked; the password may be set
func (s *Service) Reset(ctx context.Context, t tenant.Tenant, code, password string) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	email, err := s.google.MailedTo(ctx, t.IdentityTenant, code)
	if err != nil {
		return err
	}
	dir, err := s.google.Directory(t)
	if err != nil {
		return err
	}
	account, err := dir.GetUserByEmail(ctx, email)
	if err != nil {
		return unavailable("find account", err)
	}
	id, err := tenant.ParseUserID(account.UID)
	if err != nil {
		return fmt.Errorf("identity: account id: %w", err)
	}
	p, err := s.authenticator.WithCode(ctx, tenant.SelectID(t.ID), id)
	if err != nil {
		return err
	}
	if _, err := s.record(ctx, p); err != nil {
		return err
	}
	return s.newPassword(ctx, p, "user.password-reset", func(ctx context.Context) error {
		return s.google.SetPassword(ctx, t.IdentityTenant, code, password)
	})
}

// ChangePassword gives the grant's person another password, for their present one, and ends all
// their sessions. It returns the tokens of a new one, which began as the present one did. Errors
// are those of Reset, identityplatform.ErrBadCredentials for another password than the present one, ErrNoPassword,
// and ErrUnproven.
func (s *Service) ChangePassword(ctx context.Context, g vending.Grant, present, password string) (sessioncookie.Tokens, error) {
	t, dir, account, err := s.present(ctx, g, present)
	if err != nil {
		return sessioncookie.Tokens{}, err
	}
	if err := checkPassword(password); err != nil {
		return sessioncookie.Tokens{}, err
	}
	p, err := s.authenticator.Own(ctx, g.Principal(), tenancy.OwnAccount)
	if err != nil {
		return sessioncookie.Tokens{}, err
	}
	u, err := s.record(ctx, p)
	if err != nil {
		return sessioncookie.Tokens{}, err
	}
	err = s.newPassword(ctx, p, "user.password", func(ctx context.Context) error {
		_, err := dir.UpdateUser(ctx, account.UID, new(firebaseauth.UserToUpdate).Password(password))
		return err
	})
	if err != nil {
		return sessioncookie.Tokens{}, err
	}
	return s.enter(ctx, t, u, g.Principal().Way(), g.Principal().Factor())
}

// present makes sure that the grant's person knows their present password, and that their session
// has proven a second factor if they have one: ErrUnproven.
func (s *Service) present(ctx context.Context, g vending.Grant, password string) (
	t tenant.Tenant, dir *firebaseauth.TenantClient, account *firebaseauth.UserRecord, err error,
) {
	if t, err = s.authenticator.Tenant(ctx, tenant.SelectID(g.Tenant())); err != nil {
		return t, nil, nil, err
	}
	if dir, err = s.google.Directory(t); err != nil {
		return t, nil, nil, err
	}
	if account, err = dir.GetUser(ctx, g.Principal().User().String()); err != nil {
		return t, nil, nil, unavailable("find account", err)
	}
	if !identityplatform.HasPassword(account) {
		return t, nil, nil, ErrNoPassword
	}
	known, err := s.google.SignInWithPassword(ctx, t.IdentityTenant, account.Email, password)
	switch {
	case err != nil:
		return t, nil, nil, err
	case known.User != account.UID:
		return t, nil, nil, identityplatform.ErrBadCredentials
	}
	return t, dir, account, s.proven(ctx, g)
}

// newPassword sets a password, and brings the rest after it: the entry, the letter, and the end of
// every session. Identity Platform is where the password is, so the intent comes first, as in
// change: whatever dies, a worker ends the sessions.
func (s *Service) newPassword(ctx context.Context, p tenancy.Principal, action string, set func(context.Context) error) error {
	ctx, cancel := detached(ctx)
	defer cancel()
	g, err := s.machine.Vend(ctx, p)
	if err != nil {
		return unavailable("vend", err)
	}
	intent, err := g.Intend(ctx, FollowKind, followed{p.User().String()})
	if err != nil {
		return unavailable("intend", err)
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
		return unavailable("revoke", err)
	}
	if failed != nil {
		return unavailable("set a password", failed) // it may be set still: the intent stays
	}
	s.drop(ctx, intent)
	return nil
}

// tell keeps an entry of what a person did to their account, and has a letter about it written to
// them. What fails is logged: the change is made either way.
func (s *Service) tell(ctx context.Context, g vending.Grant, action string, id tenant.UserID) {
	key := fmt.Sprintf("%s-%s-%d", action, id, s.now().UnixNano())
	err := errors.Join(
		audit.Of(g).Append(ctx, key, audit.Entry{Action: action, Kind: "user", ID: id.String()}),
		mail.Post(ctx, g, mail.Note{Kind: letterChanged, User: id, Facts: map[string]string{"what": action}}),
	)
	if err != nil {
		s.log.WarnContext(ctx, "a change of an account is not told", "tenant", g.Tenant().String(), "action", action, "error", err)
	}
}

// maxPassword is the most characters that Identity Platform takes.
const maxPassword = 4096

func checkPassword(password string) error {
	if n := utf8.RuneCountInString(password); n < minPassword || n > maxPassword || !utf8.ValidString(password) {
		return identityplatform.ErrPassword
	}
	return nil
}
