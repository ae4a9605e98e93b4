package account

import (
	"context"
	"fmt"
	"net/url"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/mail"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// The letters that people get about their accounts.
const (
	letterReset   mail.Kind = "password-reset"
	letterAddress mail.Kind = "address-proof"
	letterMoved   mail.Kind = "address-changed"
	letterErased  mail.Kind = "account-erased"
)

// Letters returns who composes each kind of letter about one's own account. They are composed
// by a worker: see mail.Postman.
func (s *Service) Letters() map[mail.Kind]mail.Composer {
	return map[mail.Kind]mail.Composer{
		letterReset:   s.resetLetter,
		letterAddress: s.addressLetter,
		letterMoved:   s.movedLetter,
		letterErased:  s.erasedLetter,
	}
}

// resetLetter is for whoever has the address, if anybody does. The code in it is made now.
func (s *Service) resetLetter(ctx context.Context, g vending.Grant, n mail.Note) (mail.Letter, error) {
	t, dir, err := s.place(ctx, g)
	if err != nil {
		return mail.Letter{}, err
	}
	account, err := dir.GetUserByEmail(ctx, n.To)
	if firebaseauth.IsUserNotFound(err) {
		return mail.Letter{}, mail.ErrNobody
	}
	if err != nil {
		return mail.Letter{}, people.Unavailable("find account", err)
	}
	id, err := tenant.ParseUserID(account.UID)
	if err != nil {
		return mail.Letter{}, mail.ErrNobody
	}
	u, err := people.Receiver(ctx, g, id)
	if err != nil {
		return mail.Letter{}, err
	}
	policy, err := s.policies.Get(ctx, t.ID)
	if err != nil {
		return mail.Letter{}, people.Unavailable("authentication policy", err)
	}
	if now := s.now(); !identityplatform.HasPassword(account) || policy.Admits(authpolicy.WithPassword(), u.Role, now, now) != nil {
		return s.head(t).Letter(u.Email, "Signing in to "+t.Name,
			"Somebody, perhaps you, asked for a new password. You sign in to "+t.Name+" without one: choose your provider at",
			s.head(t).Link("sign-in", "")), nil
	}
	link, err := dir.PasswordResetLink(ctx, account.Email)
	if err != nil {
		return mail.Letter{}, people.Unavailable("make a code", err)
	}
	parsed, err := url.Parse(link)
	code := ""
	if err == nil {
		code = parsed.Query().Get("oobCode")
	}
	if code == "" {
		return mail.Letter{}, fmt.Errorf("%w: a link without a code", identityplatform.ErrUnavailable)
	}
	return s.head(t).Letter(u.Email, "A new password for "+t.Name,
		"Somebody, perhaps you, asked for a new password for your account in "+t.Name+". Choose one at",
		s.head(t).Link("password/new", code),
		"The link works once, for an hour. Its code is\n\n    "+code,
		"If you did not ask, do nothing: your password stays as it is.",
	), nil
}

// addressLetter goes to an address that somebody wants to have, with a code that proves it.
func (s *Service) addressLetter(ctx context.Context, g vending.Grant, n mail.Note) (mail.Letter, error) {
	t, dir, err := s.place(ctx, g)
	if err != nil {
		return mail.Letter{}, err
	}
	u, err := people.Receiver(ctx, g, n.User)
	if err != nil {
		return mail.Letter{}, err
	}
	switch _, err := dir.GetUserByEmail(ctx, n.To); {
	case err == nil:
		return mail.Letter{}, mail.ErrNobody // somebody has it already, and learns nothing
	case !firebaseauth.IsUserNotFound(err):
		return mail.Letter{}, people.Unavailable("find account", err)
	}
	code, err := newCode(ctx, g, mailed{Purpose: codeForAddress, User: u.ID.String(), Value: n.To})
	if err != nil {
		return mail.Letter{}, err
	}
	return s.head(t).Letter(n.To, "Confirm your address for "+t.Name,
		u.Name+" wants to use this address in "+t.Name+". If that is you, confirm it at", s.head(t).Link("address/confirm", code),
		"The link works once, for an hour. Its code is\n\n    "+code,
		"If it is not, do nothing."), nil
}

// movedLetter goes to the address that a person had before.
func (s *Service) movedLetter(ctx context.Context, g vending.Grant, n mail.Note) (mail.Letter, error) {
	t, _, err := s.place(ctx, g)
	if err != nil {
		return mail.Letter{}, err
	}
	return s.head(t).Letter(n.To, "Your address in "+t.Name+" was changed",
		"Your account in "+t.Name+" has another e-mail address now, and letters go there.",
		"If this was not you, tell an admin of "+t.Name+" at once."), nil
}

// erasedLetter goes to the address of somebody who has erased their account.
func (s *Service) erasedLetter(ctx context.Context, g vending.Grant, n mail.Note) (mail.Letter, error) {
	t, _, err := s.place(ctx, g)
	if err != nil {
		return mail.Letter{}, err
	}
	return s.head(t).Letter(n.To, "Your account in "+t.Name+" is erased",
		"You have erased your account in "+t.Name+". This is the last letter to you.",
		"If this was not you, tell an admin of "+t.Name+"."), nil
}

// place is where a letter comes from.
func (s *Service) place(ctx context.Context, g vending.Grant) (tenant.Tenant, *firebaseauth.TenantClient, error) {
	t, err := s.authenticator.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err != nil {
		return t, nil, people.Unavailable("tenant", err)
	}
	dir, err := s.google.Directory(t)
	return t, dir, err
}

// head is the head of a tenant's letters.
func (s *Service) head(t tenant.Tenant) mail.Letterhead {
	return mail.Letterhead{Tenant: t, Origin: s.origin}
}
