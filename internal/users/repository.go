package users

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Repository reads and changes the people of the grant's tenant.
type Repository struct {
	db     vending.Database
	log    audit.Log
	caller tenancy.Principal
	now    func() time.Time
	based  time.Time // see If
}

// NewRepository returns the people that g reaches. It does no I/O.
func NewRepository(g vending.Grant) *Repository {
	return &Repository{db: g.Database(), log: audit.Of(g), caller: g.Principal(), now: g.Now}
}

// If returns a repository whose changes hold only for a person who was last changed at this time:
// tenant.ErrStale for anybody else. The zero time is any.
func (r *Repository) If(updated time.Time) *Repository {
	based := *r
	based.based = updated
	return &based
}

func (r *Repository) doc(id tenant.UserID) (*firestore.DocumentRef, error) {
	if id.String() == "" {
		return nil, ErrNotFound
	}
	return r.db.Collection(collection).Doc(id.String()), nil
}

// Get returns one person, or ErrNotFound. Any role may ask, and so may the grant of a sign-in for
// its own person: it reads a single document.
func (r *Repository) Get(ctx context.Context, id tenant.UserID) (User, error) {
	ref, err := r.doc(id)
	if err != nil {
		return User{}, err
	}
	snap, err := ref.Get(ctx)
	return found(snap, err)
}

// Add creates a person. The caller must be an active admin, else ErrForbidden. ErrExists if the
// tenant has the identifier already, ErrInvalid if a field is not of its form. Created and Updated
// are set here.
func (r *Repository) Add(ctx context.Context, u User) (User, error) {
	if !r.caller.May(tenant.PeopleManage) {
		return User{}, ErrForbidden
	}
	return r.add(ctx, u, r.authorize)
}

// add creates a person in one transaction with what first does, which runs before anything is
// written.
func (r *Repository) add(ctx context.Context, u User, first func(*firestore.Transaction) error) (User, error) {
	if err := u.validate(); err != nil {
		return User{}, err
	}
	ref, err := r.doc(u.ID)
	if err != nil {
		return User{}, err
	}
	u.Created = document.Time(r.now())
	u.Updated = u.Created
	entry := audit.Entry{Action: "user.add", Kind: "user", ID: u.ID.String(), After: u.Role.String()}
	err = r.log.Change(ctx, entry, func(_ context.Context, tx *firestore.Transaction, _ *audit.Entry) error {
		if err := first(tx); err != nil {
			return err
		}
		return tx.Create(ref, newRecord(u))
	})
	if status.Code(err) == codes.AlreadyExists {
		return User{}, ErrExists
	}
	if err != nil {
		return User{}, fmt.Errorf("users: add: %w", err)
	}
	return u, nil
}

// ChangeRole gives a person another role and returns the person as they are now. The caller must be
// an active admin, else ErrForbidden. ErrNotFound if there is no such person, ErrLastAdmin if
// nobody else could administer the tenant. Asking for the role that the person has already succeeds
// and changes nothing.
func (r *Repository) ChangeRole(ctx context.Context, id tenant.UserID, role tenant.Role) (User, error) {
	if _, err := tenant.ParseRole(role.String()); err != nil {
		return User{}, fmt.Errorf("%w: role", ErrInvalid)
	}
	return r.change(ctx, "user.role", id, func(u *User, e *audit.Entry) {
		e.Before, e.After = u.Role.String(), role.String()
		u.Role = role
	})
}

// SetStatus lets a person sign in, or stops them. Errors and conditions are those of ChangeRole.
func (r *Repository) SetStatus(ctx context.Context, id tenant.UserID, s Status) (User, error) {
	if _, err := ParseStatus(string(s)); err != nil {
		return User{}, err
	}
	return r.change(ctx, "user.status", id, func(u *User, e *audit.Entry) {
		e.Before, e.After = string(u.Status), string(s)
		u.Status = s
	})
}

func found(snap *firestore.DocumentSnapshot, err error) (User, error) {
	if status.Code(err) == codes.NotFound {
		return User{}, ErrNotFound
	}
	if err != nil {
		return User{}, fmt.Errorf("users: get: %w", err)
	}
	return decode(snap)
}
