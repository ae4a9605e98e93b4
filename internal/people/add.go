package people

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"unicode/utf8"

	firebaseauth "firebase.google.com/go/v4/auth"
	"firebase.google.com/go/v4/errorutils"

	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// MinPassword is the fewest characters a password may have.
const MinPassword = 8

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

// AddUser adds a person to the grant's tenant: an account at Identity Platform, then the record.
// The caller must be an active admin.
//
// The account is always a new one, of an id that nobody has had. An account of the address that has
// no record is never adopted: nobody knows what was linked to it. It is revoked and deleted. What
// was begun and has come to no record is deleted too, here or by a worker.
//
//	users.ErrForbidden               the caller is no active admin
//	users.ErrExists                  the tenant has a person with this address
//	users.ErrInvalid                 a field is not of its form
//	identityplatform.ErrUnavailable  something could not be asked, or somebody is adding the address right now: try again
func (s *Service) AddUser(ctx context.Context, g vending.Grant, n NewUser) (users.User, error) {
	// Add decides this again, in its transaction. Without this look, anyone could make accounts.
	if err := users.NewRepository(g).Authorize(ctx, tenant.PeopleManage); err != nil {
		return users.User{}, Unavailable("own record", err)
	}
	if err := n.validate(); err != nil {
		return users.User{}, err
	}
	t, err := s.authenticator.Tenant(ctx, tenant.SelectID(g.Tenant()))
	if err != nil {
		return users.User{}, err
	}
	return s.Add(ctx, g, n.addition(t))
}

// Addition is a person to be added: where, and how the account and the record are made, which are
// of the same id.
type Addition struct {
	Tenant tenant.Tenant
	Email  string

	Account func(ctx context.Context, dir *firebaseauth.TenantClient, id tenant.UserID) (*firebaseauth.UserRecord, error)
	Record  func(ctx context.Context, people *users.Repository, id tenant.UserID, email string) (users.User, error)
	// AsMade reports whether an account of this address has what Account gave it to sign in with,
	// and nothing else.
	AsMade func(account *firebaseauth.UserRecord, email string) bool
}

// Add adds a person as AddUser does, for whoever may: who that is, a.Record decides. Once begun it
// goes on whatever becomes of the caller. Errors are those of AddUser and of what makes the
// account.
func (s *Service) Add(ctx context.Context, g vending.Grant, a Addition) (users.User, error) {
	dir, err := s.google.Directory(a.Tenant)
	if err != nil {
		return users.User{}, err
	}
	ctx, cancel := Finish(ctx)
	defer cancel()
	id, err := newAccountID()
	if err != nil {
		return users.User{}, err
	}
	intent, err := g.Intend(ctx, AddKind, followed{id.String()})
	if err != nil {
		return users.User{}, Unavailable("intend", err)
	}
	u, err := s.add(ctx, addition{a, dir, users.NewRepository(g), id})
	// After any other error the account or the record may still come to be.
	if err == nil || isRefusal(err) || errors.Is(err, users.ErrExists) {
		s.drop(ctx, intent)
	}
	return u, err
}

// addition is an Addition under way: at which directory, with the id that the account is to have.
type addition struct {
	Addition
	dir    *firebaseauth.TenantClient
	people *users.Repository
	id     tenant.UserID
}

func (a addition) account(ctx context.Context) (*firebaseauth.UserRecord, error) {
	return a.Account(ctx, a.dir, a.id)
}

// addition is how a person with a password is added.
func (n NewUser) addition(t tenant.Tenant) Addition {
	return Addition{
		Tenant: t, Email: n.Email, AsMade: isAsMade,
		Account: func(ctx context.Context, dir *firebaseauth.TenantClient, id tenant.UserID) (*firebaseauth.UserRecord, error) {
			return dir.CreateUser(ctx, new(firebaseauth.UserToCreate).
				UID(id.String()).Email(n.Email).Password(n.Password).DisplayName(n.Name))
		},
		Record: func(ctx context.Context, people *users.Repository, id tenant.UserID, email string) (users.User, error) {
			return people.Add(ctx, users.User{ID: id, Email: email, Name: n.Name, Role: n.Role, Status: users.Active})
		},
	}
}

// add makes the account, then the record, and looks at the account again.
func (s *Service) add(ctx context.Context, a addition) (users.User, error) {
	account, err := a.account(ctx)
	if firebaseauth.IsEmailAlreadyExists(err) {
		if err := s.evict(ctx, a); err != nil {
			return users.User{}, err
		}
		account, err = a.account(ctx)
	}
	switch {
	case errorutils.IsInvalidArgument(err):
		return users.User{}, fmt.Errorf("%w: e-mail address, name or password", users.ErrInvalid)
	case err != nil:
		return users.User{}, Unavailable("create account", err)
	}
	u, err := a.Record(ctx, a.people, a.id, account.Email)
	switch {
	case errors.Is(err, users.ErrExists): // our own: the id is new, and a lost commit was sent again
		if u, err = a.people.Get(ctx, a.id); errors.Is(err, users.ErrNotFound) { // what came with it is somebody else's
			return users.User{}, errors.Join(fmt.Errorf("%w: somebody else was quicker", identityplatform.ErrUnavailable), a.dir.DeleteUser(ctx, account.UID))
		}
	case isRefusal(err):
		if undone := a.dir.DeleteUser(ctx, account.UID); undone != nil {
			return users.User{}, fmt.Errorf("%w: undo: %w, after %v", identityplatform.ErrUnavailable, undone, err)
		}
	}
	if err != nil {
		return users.User{}, Unavailable("add", err)
	}
	if err := s.lookAgain(ctx, a, account); err != nil {
		return users.User{}, err
	}
	if err := s.CopyRole(ctx, a.Tenant, u); err != nil { // the first sign-in would write it as well
		s.log.WarnContext(ctx, "claims of a new person not written",
			"tenant", a.Tenant.ID.String(), "user", u.ID.String(), "error", err)
	}
	return u, nil
}

// lookAgain looks at the account once the record gives it access: nothing may be linked to it that
// we have not put there. If something is, the person is disabled, and the error says so.
func (s *Service) lookAgain(ctx context.Context, a addition, made *firebaseauth.UserRecord) error {
	now, err := a.dir.GetUser(ctx, a.id.String())
	if err != nil {
		return Unavailable("look at a new account", err)
	}
	if a.AsMade(now, made.Email) {
		return nil
	}
	s.log.ErrorContext(ctx, "a new account was changed while it was added: it is disabled",
		"tenant", a.Tenant.ID.String(), "user", a.id.String())
	err = fmt.Errorf("%w: the new account was changed while it was added", identityplatform.ErrUnavailable)
	u, disableErr := a.people.SetStatus(ctx, a.id, users.Disabled)
	if disableErr == nil {
		disableErr = s.copyAccount(ctx, a.Tenant, u)
	}
	return errors.Join(err, disableErr, s.revocations.RevokeUser(ctx, a.Tenant.ID, a.id))
}

// isAsMade reports whether an account has a password of this address and nothing else to sign in
// with.
func isAsMade(u *firebaseauth.UserRecord, email string) bool {
	for _, p := range u.ProviderUserInfo {
		if p.ProviderID != "password" {
			return false
		}
	}
	return u.Email == email && u.PhoneNumber == "" && (u.MultiFactor == nil || len(u.MultiFactor.EnrolledFactors) == 0)
}

func (n NewUser) validate() error {
	if addr, err := mail.ParseAddress(n.Email); err != nil || addr.Address != n.Email {
		return fmt.Errorf("%w: e-mail address", users.ErrInvalid)
	}
	if n.Name == "" {
		return fmt.Errorf("%w: name", users.ErrInvalid)
	}
	if utf8.RuneCountInString(n.Password) < MinPassword {
		return fmt.Errorf("%w: password has at least %d characters", users.ErrInvalid, MinPassword)
	}
	return nil
}
