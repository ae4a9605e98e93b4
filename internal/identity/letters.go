package identity

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/mail"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// The letters that people get about their accounts.
const (
	letterReset   mail.Kind = "password-reset"
	letterChanged mail.Kind = "account-changed"
	letterAddress mail.Kind = "address-proof"
	letterMoved   mail.Kind = "address-changed"
	letterErased  mail.Kind = "account-erased"
)

// Letters returns who composes each kind of letter about accounts and API keys. They are composed
// by a worker: see mail.Postman.
func (s *Service) Letters() map[mail.Kind]mail.Composer {
	return map[mail.Kind]mail.Composer{
		letterReset:   s.resetLetter,
		letterChanged: s.changedLetter,
		letterAddress: s.addressLetter,
		letterMoved:   s.movedLetter,
		letterErased:  s.erasedLetter,
		letterKeyEnds: s.keyEndsLetter,
	}
}

// changes says in a sentence what was done to an account.
var changes = map[string]string{
	"user.password":       "Your password was changed.",
	"user.password-reset": "Your password was set anew, by a code that was mailed to you.",
	factorsReset:          "An admin took your second factor away. You can set one up again.",
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
		return mail.Letter{}, unavailable("find account", err)
	}
	u, err := s.receiver(ctx, g, account.UID)
	if err != nil {
		return mail.Letter{}, err
	}
	policy, err := s.policies.Get(ctx, t.ID)
	if err != nil {
		return mail.Letter{}, unavailable("authentication policy", err)
	}
	if now := s.now(); !identityplatform.HasPassword(account) || policy.Admits(authpolicy.WithPassword(), u.Role, now, now) != nil {
		return s.letter(t, u.Email, "Signing in to "+t.Name,
			"Somebody, perhaps you, asked for a new password. You sign in to "+t.Name+" without one: choose your provider at",
			s.link(t, "sign-in", "")), nil
	}
	link, err := dir.PasswordResetLink(ctx, account.Email)
	if err != nil {
		return mail.Letter{}, unavailable("make a code", err)
	}
	parsed, err := url.Parse(link)
	code := ""
	if err == nil {
		code = parsed.Query().Get("oobCode")
	}
	if code == "" {
		return mail.Letter{}, fmt.Errorf("%w: a link without a code", identityplatform.ErrUnavailable)
	}
	return s.letter(t, u.Email, "A new password for "+t.Name,
		"Somebody, perhaps you, asked for a new password for your account in "+t.Name+". Choose one at",
		s.link(t, "password/new", code),
		"The link works once, for an hour. Its code is\n\n    "+code,
		"If you did not ask, do nothing: your password stays as it is.",
	), nil
}

// changedLetter tells a person what was done to their account.
func (s *Service) changedLetter(ctx context.Context, g vending.Grant, n mail.Note) (mail.Letter, error) {
	t, _, err := s.place(ctx, g)
	if err != nil {
		return mail.Letter{}, err
	}
	u, err := s.receiver(ctx, g, n.User.String())
	if err != nil {
		return mail.Letter{}, err
	}
	what, ok := changes[n.Facts["what"]]
	if !ok {
		return mail.Letter{}, mail.ErrNobody
	}
	return s.letter(t, u.Email, "Your account in "+t.Name, what, "All your sessions have ended.",
		"If this was not you, set a new password at\n\n    "+s.link(t, "password/forgotten", "")+"\n\nand tell an admin of "+t.Name+"."), nil
}

// addressLetter goes to an address that somebody wants to have, with a code that proves it.
func (s *Service) addressLetter(ctx context.Context, g vending.Grant, n mail.Note) (mail.Letter, error) {
	t, dir, err := s.place(ctx, g)
	if err != nil {
		return mail.Letter{}, err
	}
	u, err := s.receiver(ctx, g, n.User.String())
	if err != nil {
		return mail.Letter{}, err
	}
	switch _, err := dir.GetUserByEmail(ctx, n.To); {
	case err == nil:
		return mail.Letter{}, mail.ErrNobody // somebody has it already, and learns nothing
	case !firebaseauth.IsUserNotFound(err):
		return mail.Letter{}, unavailable("find account", err)
	}
	code, err := newCode(ctx, g, mailed{Purpose: codeForAddress, User: u.ID.String(), Value: n.To})
	if err != nil {
		return mail.Letter{}, err
	}
	return s.letter(t, n.To, "Confirm your address for "+t.Name,
		u.Name+" wants to use this address in "+t.Name+". If that is you, confirm it at", s.link(t, "address/confirm", code),
		"The link works once, for an hour. Its code is\n\n    "+code,
		"If it is not, do nothing."), nil
}

// movedLetter goes to the address that a person had before.
func (s *Service) movedLetter(ctx context.Context, g vending.Grant, n mail.Note) (mail.Letter, error) {
	t, _, err := s.place(ctx, g)
	if err != nil {
		return mail.Letter{}, err
	}
	return s.letter(t, n.To, "Your address in "+t.Name+" was changed",
		"Your account in "+t.Name+" has another e-mail address now, and letters go there.",
		"If this was not you, tell an admin of "+t.Name+" at once."), nil
}

// erasedLetter goes to the address of somebody who has erased their account.
func (s *Service) erasedLetter(ctx context.Context, g vending.Grant, n mail.Note) (mail.Letter, error) {
	t, _, err := s.place(ctx, g)
	if err != nil {
		return mail.Letter{}, err
	}
	return s.letter(t, n.To, "Your account in "+t.Name+" is erased",
		"You have erased your account in "+t.Name+". This is the last letter to you.",
		"If this was not you, tell an admin of "+t.Name+"."), nil
}

// place is where a letter comes from.
func (s *Service) place(ctx context.Context, g vending.Grant) (tenant.Tenant, *firebaseauth.TenantClient, error) {
	t, err := s.authenticator.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err != nil {
		return t, nil, unavailable("tenant", err)
	}
	dir, err := s.google.Directory(t)
	return t, dir, err
}

// receiver is the active person of the tenant with this id. mail.ErrNobody.
func (s *Service) receiver(ctx context.Context, g vending.Grant, uid string) (users.User, error) {
	id, err := tenant.ParseUserID(uid)
	if err != nil {
		return users.User{}, mail.ErrNobody
	}
	u, err := users.NewRepository(g).Get(ctx, id)
	switch {
	case errors.Is(err, users.ErrNotFound):
		return u, mail.ErrNobody
	case err != nil:
		return u, unavailable("read a record", err)
	case u.Status != users.Active:
		return u, mail.ErrNobody
	}
	return u, nil
}

// link is an address in the tenant's pages. A code stands after the hash, which browsers keep to
// themselves: no server and no log on the way sees it.
func (s *Service) link(t tenant.Tenant, path, code string) string {
	address := s.publicURL + "/t/" + t.Slug.String() + "/" + path
	if code != "" {
		address += "#" + code
	}
	return address
}

// letter puts paragraphs together.
func (s *Service) letter(t tenant.Tenant, to, subject string, paragraphs ...string) mail.Letter {
	for i, p := range paragraphs {
		if strings.HasPrefix(p, "http") {
			paragraphs[i] = "    " + p
		}
	}
	text := strings.Join(paragraphs, "\n\n") + "\n\n-- \n" + t.Name + ", by Bulkhead\n"
	return mail.Letter{To: to, Subject: subject, Text: text}
}
