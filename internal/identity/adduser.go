package identity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"unicode/utf8"

	firebaseauth "firebase.google.com/go/v4/auth"
	"firebase.google.com/go/v4/errorutils"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// minPassword is the fewest characters a password may have.
const minPassword = 8

// NewUser is a person to be added. It prints and logs without its password.
type NewUser struct {
	Email    string
	Name     string
	Password string
	Role     tenant.Role
}

// String names the person.
func (n NewUser) String() string { return fmt.Sprintf("%s as %s", n.Email, n.Role) }

// GoString is String, for %#v.
func (n NewUser) GoString() string { return n.String() }

// LogValue is String, for logs.
func (n NewUser) LogValue() slog.Value { return slog.StringValue(n.String()) }

// AddUser adds a person to the grant's tenant: an account at Identity Platform, then the record. The caller must be an
// active admin.
//
// An account without a record may be there already, from an attempt that died half-way or because somebody registered
// the address on their own. It is taken over: it gets the new password, which ends every session it had, and the ID
// tokens it was issued are revoked, before it gets a record and they could be exchanged.
//
//	users.ErrForbidden   the caller is no active admin
//	users.ErrExists      the tenant has a person with this address
//	users.ErrInvalid     a field is not of its form
//	ErrUnavailable       something could not be asked; trying again completes what was begun
func (s *Service) AddUser(ctx context.Context, g vending.Grant, n NewUser) (users.User, error) {
	people := users.NewRepository(g)
	// Add decides this again, in its transaction. Without this look, anyone could make accounts.
	actor, err := people.Get(ctx, g.Principal().User())
	switch {
	case errors.Is(err, users.ErrNotFound):
		return users.User{}, users.ErrForbidden
	case err != nil:
		return users.User{}, unavailable("own record", err)
	case !actor.May(tenant.PeopleManage) || !g.Principal().May(tenant.PeopleManage):
		return users.User{}, users.ErrForbidden
	}
	if err := n.validate(); err != nil {
		return users.User{}, err
	}
	t, err := s.authenticator.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err != nil {
		return users.User{}, err
	}
	dir, err := s.directory(t)
	if err != nil {
		return users.User{}, err
	}
	account, made, err := s.account(ctx, dir, people, n)
	if err != nil {
		return users.User{}, err
	}
	id, err := tenant.ParseUserID(account.UID)
	if err != nil {
		return users.User{}, fmt.Errorf("identity: account id: %w", err)
	}
	if !made {
		if err := s.revocations.RevokeUser(ctx, t.ID, id); err != nil {
			return users.User{}, unavailable("revoke", err)
		}
	}
	u, err := people.Add(ctx, users.User{ID: id, Email: account.Email, Name: n.Name, Role: n.Role, Status: users.Active})
	if err != nil {
		if made && (errors.Is(err, users.ErrInvalid) || errors.Is(err, users.ErrForbidden)) {
			err = errors.Join(err, dir.DeleteUser(ctx, account.UID))
		}
		return users.User{}, unavailable("add", err)
	}
	if err := s.copyRole(ctx, t, u); err != nil { // the first sign-in would write it as well
		s.log.WarnContext(ctx, "claims of a new person not written", "tenant", t.ID.String(), "user", u.ID.String(), "error", err)
	}
	return u, nil
}

func (n NewUser) validate() error {
	if addr, err := mail.ParseAddress(n.Email); err != nil || addr.Address != n.Email {
		return fmt.Errorf("%w: e-mail address", users.ErrInvalid)
	}
	if n.Name == "" {
		return fmt.Errorf("%w: name", users.ErrInvalid)
	}
	if utf8.RuneCountInString(n.Password) < minPassword {
		return fmt.Errorf("%w: password has at least %d characters", users.ErrInvalid, minPassword)
	}
	return nil
}

// account creates the account, or takes over one that has no record. made is false for the latter. users.ErrExists.
func (s *Service) account(ctx context.Context, dir *firebaseauth.TenantClient, people *users.Repository, n NewUser) (_ *firebaseauth.UserRecord, made bool, err error) {
	account, err := dir.CreateUser(ctx, new(firebaseauth.UserToCreate).Email(n.Email).Password(n.Password).DisplayName(n.Name))
	switch {
	case err == nil:
		return account, true, nil
	case errorutils.IsInvalidArgument(err):
		return nil, false, fmt.Errorf("%w: e-mail address, name or password", users.ErrInvalid)
	case !firebaseauth.IsEmailAlreadyExists(err):
		return nil, false, unavailable("create account", err)
	}
	if account, err = dir.GetUserByEmail(ctx, n.Email); err != nil {
		return nil, false, unavailable("find account", err)
	}
	id, err := tenant.ParseUserID(account.UID)
	if err != nil {
		return nil, false, fmt.Errorf("identity: account id: %w", err)
	}
	switch _, err := people.Get(ctx, id); {
	case err == nil:
		return nil, false, users.ErrExists
	case !errors.Is(err, users.ErrNotFound):
		return nil, false, unavailable("find record", err)
	}
	account, err = dir.UpdateUser(ctx, account.UID, new(firebaseauth.UserToUpdate).
		Password(n.Password).DisplayName(n.Name).EmailVerified(false).Disabled(false))
	if err != nil {
		return nil, false, unavailable("take account over", err)
	}
	return account, false, nil
}
