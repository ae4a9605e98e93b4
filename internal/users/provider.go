package users

import (
	"context"
	"fmt"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// AddArrived creates a person who has just signed in at one of the tenant's providers. The caller
// has the errand of that sign-in; nobody else may do this. Where no groups decide roles, the person
// is a viewer. also is written in the same transaction. Errors are those of Add, ErrExists also if
// what also creates is there already.
func (r *Repository) AddArrived(ctx context.Context, u User, also func(*firestore.Transaction) error) (User, error) {
	switch r.caller.Errand() {
	case tenancy.SignInWithGroups:
	case tenancy.SignInAtProvider:
		if u.Role != tenant.Viewer {
			return User{}, ErrForbidden
		}
	default:
		return User{}, ErrForbidden
	}
	return r.add(ctx, u, also)
}

// ChangeRoleByGroups gives a person who has just signed in the role that their groups at the
// provider map to. The caller has the errand of a sign-in with groups, else ErrForbidden.
// ErrNotFound, ErrLastAdmin and ErrInvalid as in ChangeRole.
func (r *Repository) ChangeRoleByGroups(ctx context.Context, id tenant.UserID, role tenant.Role) (User, error) {
	if r.caller.Errand() != tenancy.SignInWithGroups {
		return User{}, ErrForbidden
	}
	if !role.IsValid() {
		return User{}, fmt.Errorf("%w: role", ErrInvalid)
	}
	return r.apply(ctx, "user.role", id, func(u *User, e *audit.Entry) {
		e.Before, e.After = u.Role.String(), role.String()
		u.Role = role
	}, func(*firestore.Transaction) error { return nil })
}

// HasAddress reports whether a person of the tenant has the address, as it is written.
func (r *Repository) HasAddress(ctx context.Context, email string) (bool, error) {
	docs, err := r.db.Collection(collection).Where("email", "==", email).Limit(1).Documents(ctx).GetAll()
	if err != nil {
		return false, fmt.Errorf("users: address: %w", err)
	}
	return len(docs) > 0, nil
}
