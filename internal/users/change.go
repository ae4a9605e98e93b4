package users

import (
	"context"
	"errors"
	"fmt"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// change applies edit to one person, for an active admin.
func (r *Repository) change(ctx context.Context, action string, id tenant.UserID, edit func(*User, *audit.Entry)) (User, error) {
	if !r.caller.May(tenant.PeopleManage) {
		return User{}, ErrForbidden
	}
	return r.apply(ctx, action, id, edit, r.authorize)
}

// apply applies edit to one person in one transaction, together with the checks it depends on and
// the entry of action. A transaction is run again when another one got in between, so everything in
// it starts from what it reads.
func (r *Repository) apply(ctx context.Context, action string, id tenant.UserID, edit func(*User, *audit.Entry),
	authorize func(*firestore.Transaction) error,
) (User, error) {
	ref, err := r.doc(id)
	if err != nil {
		return User{}, err
	}
	var after User
	entry := audit.Entry{Action: action, Kind: "user", ID: id.String()}
	err = r.log.Change(ctx, entry, func(_ context.Context, tx *firestore.Transaction, e *audit.Entry) error {
		if err := authorize(tx); err != nil {
			return err
		}
		before, err := found(tx.Get(ref))
		if err != nil {
			return err
		}
		if !r.based.IsZero() && !before.Updated.Equal(r.based) {
			return tenant.ErrStale
		}
		after = before
		edit(&after, e)
		if after == before {
			return audit.ErrUnchanged
		}
		if before.activeAdmin() && !after.activeAdmin() {
			if err := r.keepAdmin(tx, id); err != nil {
				return err
			}
		}
		after.Updated = document.Time(r.now())
		return tx.Set(ref, newRecord(after))
	})
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrForbidden), errors.Is(err, ErrLastAdmin), errors.Is(err, tenant.ErrStale):
		return User{}, err
	case err != nil:
		return User{}, fmt.Errorf("users: change: %w", err)
	}
	return after, nil
}

// Authorize returns ErrForbidden unless the caller may do what p names, both by their sign-in and
// by their record. The record decides: an admin who was demoted or disabled a moment ago is refused
// even while their token still says otherwise. An error of the database is returned as it is.
func (r *Repository) Authorize(ctx context.Context, p tenant.Permission) error {
	actor, err := r.Get(ctx, r.caller.User())
	return r.permits(p, actor, err)
}

// authorize is Authorize for managing people, within the transaction that makes the change: two
// admins cannot demote each other at once.
func (r *Repository) authorize(tx *firestore.Transaction) error {
	ref, err := r.doc(r.caller.User())
	if err != nil {
		return ErrForbidden
	}
	actor, err := found(tx.Get(ref))
	return r.permits(tenant.PeopleManage, actor, err)
}

// permits judges the caller by their record, as it was read.
func (r *Repository) permits(p tenant.Permission, actor User, err error) error {
	switch {
	case errors.Is(err, ErrNotFound):
		return ErrForbidden
	case err != nil:
		return err
	case !actor.May(p) || !r.caller.May(p):
		return ErrForbidden
	}
	return nil
}

// keepAdmin returns ErrLastAdmin unless the tenant has an active admin other than id.
func (r *Repository) keepAdmin(tx *firestore.Transaction, id tenant.UserID) error {
	admins := r.db.Collection(collection).
		Where("role", "==", tenant.Admin.String()).
		Where("status", "==", string(Active)).
		Limit(2)
	docs, err := tx.Documents(admins).GetAll()
	if err != nil {
		return err
	}
	for _, d := range docs {
		if d.Ref.ID != id.String() {
			return nil
		}
	}
	return ErrLastAdmin
}
