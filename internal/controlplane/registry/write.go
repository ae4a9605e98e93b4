package registry

import (
	"context"
	"errors"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/recordcache"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Reserve creates the record of a new tenant in state Provisioning, claims its slug and gives it a
// cell of its region, all in one transaction. If t names a cell, it is that one; t.Status and
// t.Version do not count. ByID then returns the record. Reserve returns ErrSlugTaken if another
// tenant has the slug, and ErrNoRoom if no cell has room. If t itself has the slug already, it
// changes nothing and returns nil, so an interrupted caller may call again. ErrInvalid,
// ErrUnavailable.
func (r *Registry) Reserve(ctx context.Context, t tenant.Tenant) error {
	t.Status, t.Version = tenant.Provisioning, tenant.FirstVersion
	if err := t.Validate(); err != nil {
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
				return tenant.ErrSlugTaken
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

func (r *Registry) stored(tx *firestore.Transaction, id tenant.ID) (tenant.Tenant, error) {
	doc, err := tx.Get(r.tenant(id))
	if err != nil {
		return tenant.Tenant{}, lookupError(recordcache.ReadError(err))
	}
	return tenantOf(doc)
}

// remember makes this process see its own write at once.
func (r *Registry) remember(t tenant.Tenant) {
	r.tenants.Put(t.ID, t)
	r.slugs.Put(t.Slug, t.ID)
	if t.IdentityTenant != "" {
		r.identity.Put(identityTenant(t.IdentityTenant), t.ID)
	}
	r.writes.Add(1)
}

func writeError(err error) error {
	for _, known := range []error{tenant.ErrInvalid, tenant.ErrStale, tenant.ErrSlugTaken, tenant.ErrTenantDenied, ErrNoRoom, tenant.ErrUnavailable} {
		if errors.Is(err, known) {
			return err
		}
	}
	return tenant.Unavailable("registry", err)
}
