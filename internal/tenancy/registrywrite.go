package tenancy

import (
	"context"
	"errors"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Reserve creates the record of a new tenant in state Provisioning, claims its slug and gives it a cell of its region, in
// one transaction, whatever t.Status says; if t names a cell, that one. ByID then says which. It returns ErrSlugTaken if
// another tenant has the slug, ErrNoRoom if no cell has room, and nil without a change if t itself has the slug already:
// whoever was interrupted may call again. ErrInvalid, ErrUnavailable.
func (r *Registry) Reserve(ctx context.Context, t Tenant) error {
	t.Status = Provisioning
	if err := t.validate(); err != nil {
		return err
	}
	reserved := t
	err := r.db.RunTransaction(ctx, func(ctx context.Context, tx *firestore.Transaction) error {
		reserved = t
		switch doc, err := tx.Get(r.slug(t.Slug)); {
		case err == nil:
			holder, err := slugHolder(doc)
			if err != nil {
				return err
			}
			if holder != t.ID {
				return ErrSlugTaken
			}
			reserved, err = r.stored(tx, t.ID)
			return err
		case status.Code(err) != codes.NotFound:
			return err
		}
		placed, err := r.place(tx, t)
		if err != nil {
			return err
		}
		reserved = placed
		if err := tx.Create(r.slug(t.Slug), slugRecord{Tenant: t.ID.String()}); err != nil {
			return err
		}
		return tx.Create(r.tenant(t.ID), recordOf(placed)) // fails if the identifier was ever given out
	})
	if err != nil {
		return writeError(err)
	}
	r.remember(reserved)
	return nil
}

// Update replaces the record of t.ID. The slug, the region and the isolation cannot change, nor the identity tenant once
// it is known, and a deleted tenant stays deleted: ErrInvalid. ErrTenantDenied if there is no record, ErrUnavailable.
func (r *Registry) Update(ctx context.Context, t Tenant) error {
	return r.change(ctx, t.ID, func(Tenant) Tenant { return t })
}

// SetStatus changes the state of a tenant alone. Errors as in Update.
func (r *Registry) SetStatus(ctx context.Context, id ID, s Status) error {
	return r.change(ctx, id, func(t Tenant) Tenant { t.Status = s; return t })
}

// change replaces a tenant's record by what edit makes of it. edit must be pure: a transaction may run it again.
func (r *Registry) change(ctx context.Context, id ID, edit func(Tenant) Tenant) error {
	if id.IsZero() {
		return errUnknownTenant
	}
	var next Tenant
	err := r.db.RunTransaction(ctx, func(ctx context.Context, tx *firestore.Transaction) error {
		t, err := r.stored(tx, id)
		if err != nil {
			return err
		}
		if next = edit(t); next.Cell.IsZero() {
			next.Cell = t.Cell
		}
		if err := errors.Join(next.validate(), t.mayBecome(next)); err != nil {
			return err
		}
		if t.Status != Deleted && next.Status == Deleted {
			if err := r.take(tx, t, -1); err != nil {
				return err
			}
		}
		return tx.Set(r.tenant(id), recordOf(next))
	})
	if err != nil {
		return writeError(err)
	}
	r.remember(next)
	return nil
}

func (r *Registry) stored(tx *firestore.Transaction, id ID) (Tenant, error) {
	doc, err := tx.Get(r.tenant(id))
	if err != nil {
		return Tenant{}, lookupError(readError(err))
	}
	return tenantOf(doc)
}

// remember makes this process see its own write at once.
func (r *Registry) remember(t Tenant) {
	r.tenants.put(t.ID, t)
	r.slugs.put(t.Slug, t.ID)
	if t.IdentityTenant != "" {
		r.identity.put(identityTenant(t.IdentityTenant), t.ID)
	}
	r.writes.Add(1)
}

func writeError(err error) error {
	for _, known := range []error{ErrInvalid, ErrSlugTaken, ErrTenantDenied, ErrNoRoom, ErrUnavailable} {
		if errors.Is(err, known) {
			return err
		}
	}
	return unavailable("registry", err)
}
