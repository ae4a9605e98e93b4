package people

import (
	"context"
	"errors"

	"github.com/bulkhead-saas/bulkhead/internal/mail"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

const letterChanged mail.Kind = "account-changed"

// Change is what was done to a person's account, as the audit calls it.
type Change string

// The changes that their person is told about by letter.
const (
	PasswordChanged Change = "user.password"
	PasswordReset   Change = "user.password-reset"
	FactorsReset    Change = "user.second-factor.reset"
	RoleChanged     Change = "user.role"
	Disabled        Change = "user.disabled"
	Enabled         Change = "user.enabled"
)

// told is what a letter says.
type told struct {
	what, then string
	byAdmin    bool // nobody but an admin can have done it
	disabled   bool // it goes to somebody who is disabled
}

const allEnded = "All your sessions have ended."

var letters = map[Change]told{
	PasswordChanged: {what: "Your password was changed.", then: allEnded},
	PasswordReset:   {what: "Your password was set anew, by a code that was mailed to you.", then: allEnded},
	FactorsReset:    {what: "An admin took your second factor away. You can set one up again.", then: allEnded},
	RoleChanged:     {what: "An admin gave you another role.", then: "It counts for what you do from now on.", byAdmin: true},
	Disabled:        {what: "An admin has disabled your account.", then: allEnded + " You cannot sign in until an admin enables it again.", byAdmin: true, disabled: true},
	Enabled:         {what: "An admin has enabled your account again.", then: "You can sign in as before.", byAdmin: true},
}

// PostChange has a letter about a change of their account written to a person. Errors are those of
// mail.Post.
func PostChange(ctx context.Context, g vending.Grant, c Change, id tenant.UserID) error {
	return mail.Post(ctx, g, mail.Note{Kind: letterChanged, User: id, Facts: map[string]string{"what": string(c)}})
}

// Letters returns who composes the letter about a change: see mail.Postman.
func (s *Service) Letters() map[mail.Kind]mail.Composer {
	return map[mail.Kind]mail.Composer{letterChanged: s.changedLetter}
}

// changedLetter tells a person what was done to their account.
func (s *Service) changedLetter(ctx context.Context, g vending.Grant, n mail.Note) (mail.Letter, error) {
	t, err := s.authenticator.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err != nil {
		return mail.Letter{}, Unavailable("tenant", err)
	}
	says, ok := letters[Change(n.Facts["what"])]
	if !ok {
		return mail.Letter{}, mail.ErrNobody
	}
	u, err := receiver(ctx, g, n.User, says.disabled)
	if err != nil {
		return mail.Letter{}, err
	}
	from, subject := mail.Letterhead{Tenant: t, Origin: s.origin}, "Your account in "+t.Name
	if says.byAdmin {
		return from.Letter(u.Email, subject, says.what, says.then, "If you did not expect this, ask an admin of "+t.Name+"."), nil
	}
	return from.Letter(u.Email, subject, says.what, says.then,
		"If this was not you, set a new password at\n\n    "+from.Link("password/forgotten", "")+"\n\nand tell an admin of "+t.Name+"."), nil
}

// Receiver returns the active person of the grant's tenant to whom a letter goes. mail.ErrNobody if
// there is none of this id, identityplatform.ErrUnavailable.
func Receiver(ctx context.Context, g vending.Grant, id tenant.UserID) (users.User, error) {
	return receiver(ctx, g, id, false)
}

// receiver is Receiver for somebody who may be disabled.
func receiver(ctx context.Context, g vending.Grant, id tenant.UserID, disabled bool) (users.User, error) {
	if id.IsZero() {
		return users.User{}, mail.ErrNobody
	}
	u, err := users.NewRepository(g).Get(ctx, id)
	switch {
	case errors.Is(err, users.ErrNotFound):
		return u, mail.ErrNobody
	case err != nil:
		return u, Unavailable("read a record", err)
	case u.Status != users.Active && !disabled:
		return u, mail.ErrNobody
	}
	return u, nil
}
