package account

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/mail"
	"github.com/bulkhead-saas/bulkhead/internal/people"
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
		return people.Unavailable("vend", err)
	}
	n := mail.Note{Kind: letterReset, To: email, Once: email + " " + s.now().Truncate(resetEvery).Format(time.RFC3339)}
	return unavailableOr("post a mail", mail.Post(ctx, g, n))
}

// unavailableOr is people.Unavailable where there is an error, and nil where there is none.
func unavailableOr(what string, err error) error {
	if err != nil {
		return people.Unavailable(what, err)
	}
	return nil
}

// Reset sets the password of the person to whom a code was mailed, and ends all their sessions. The
// code is used up. Once begun it goes on whatever becomes of the caller.
//
//	identityplatform.ErrCode         the code is none, was used, or is too old
//	identityplatform.ErrPassword     the password is too short or too easily guessed; the code is good still
//	identityplatform.ErrDisabled, people.ErrNoAccess
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
		return people.Unavailable("find account", err)
	}
	id, err := tenant.ParseUserID(account.UID)
	if err != nil {
		return fmt.Errorf("account: account id: %w", err)
	}
	p, err := s.authenticator.WithCode(ctx, tenant.SelectID(t.ID), id)
	if err != nil {
		return err
	}
	if _, err := s.people.Record(ctx, p); err != nil {
		return err
	}
	return s.people.NewPassword(ctx, p, people.PasswordReset, func(ctx context.Context) error {
		return s.google.SetPassword(ctx, t.IdentityTenant, code, password)
	})
}

// ChangePassword gives the grant's person another password, for their present one, and ends all
// their sessions. It returns the tokens of a new one, which began as the present one did. Errors
// are those of Reset, identityplatform.ErrBadCredentials for another password than the present one,
// ErrNoPassword, and mfa.ErrUnproven.
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
	u, err := s.people.Record(ctx, p)
	if err != nil {
		return sessioncookie.Tokens{}, err
	}
	err = s.people.NewPassword(ctx, p, people.PasswordChanged, func(ctx context.Context) error {
		_, err := dir.UpdateUser(ctx, account.UID, new(firebaseauth.UserToUpdate).Password(password))
		return err
	})
	if err != nil {
		return sessioncookie.Tokens{}, err
	}
	return s.signIn.BeginAgain(ctx, t, u, g.Principal())
}

// present makes sure that the grant's person knows their present password, and that their session
// has proven a second factor if they have one: mfa.ErrUnproven.
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
		return t, nil, nil, people.Unavailable("find account", err)
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
	return t, dir, account, s.factors.MayChange(ctx, g)
}

// maxPassword is the most characters that Identity Platform takes.
const maxPassword = 4096

func checkPassword(password string) error {
	if n := utf8.RuneCountInString(password); n < people.MinPassword || n > maxPassword || !utf8.ValidString(password) {
		return identityplatform.ErrPassword
	}
	return nil
}
