package registry

import (
	"context"
	"slices"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/recordcache"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Transition is a change of one tenant's record. It takes place only if the record is still as the
// caller saw it: in state From and of that Version.
type Transition struct {
	From, To tenant.Status // if they are equal, the state stays and the fields alone change
	Version  int64         // of the record that the caller saw: Tenant.Version
	By       string        // who or what asks, for the history: 1 to 80 printable characters, no person of a tenant
	Set      Edit
}

// Edit names single fields of a record. An empty one leaves the field as it is.
type Edit struct {
	Name string

	// What was assigned when the tenant was made. Each changes once, from nothing to something.
	IdentityTenant, ServiceAccount, Database, Bucket string
}

// transitions are the states that may follow a state. What is not listed is refused. A state that
// follows itself lets single fields change. Nothing follows Deleted, and a tenant that is served
// must be suspended before it can be deleted.
var transitions = map[tenant.Status][]tenant.Status{
	tenant.Provisioning: {tenant.Provisioning, tenant.Active, tenant.Deleted},
	tenant.Active:       {tenant.Active, tenant.Suspended},
	tenant.Suspended:    {tenant.Suspended, tenant.Active, tenant.Deleted},
}

// Transition changes the tenant's record by compare-and-set and returns the record as it is now,
// with the next version. It writes the fields that change and no others, in one transaction. Of two
// callers who saw the same version one succeeds; the other gets ErrStale, has changed nothing, and
// must read the record again (Current) before it decides anew. So a version is a fencing token: a
// transition that changes nothing takes it from whoever had it.
//
// It returns ErrInvalid for a change that is not allowed, ErrTenantDenied if there is no such
// tenant, and ErrUnavailable if the answer did not arrive: then the change may have been made or
// not.
func (r *Registry) Transition(ctx context.Context, id tenant.ID, change Transition) (tenant.Tenant, error) {
	if id.IsZero() {
		return tenant.Tenant{}, errUnknownTenant
	}
	if err := change.validate(); err != nil {
		return tenant.Tenant{}, err
	}
	var seen, next tenant.Tenant
	err := r.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		doc, err := tx.Get(r.tenant(id))
		if err != nil {
			return lookupError(recordcache.ReadError(err))
		}
		if seen, err = tenantOf(doc); err != nil {
			return err
		}
		if seen.Status != change.From || seen.Version != change.Version {
			return tenant.ErrStale
		}
		if next, err = change.apply(seen); err != nil {
			return err
		}
		if next.Status == tenant.Deleted {
			if err := r.take(tx, seen, -1); err != nil {
				return err
			}
		}
		patch, err := r.patch(doc, next, change)
		if err != nil {
			return err
		}
		return tx.Update(doc.Ref, patch)
	})
	switch {
	case err == nil:
		r.remember(next)
		return next, nil
	case seen.Version > change.Version: // what this process remembered was old
		r.remember(seen)
	}
	return tenant.Tenant{}, writeError(err)
}

// validate reports whether anybody may ask for this: ErrInvalid.
func (c Transition) validate() error {
	switch {
	case !slices.Contains(transitions[c.From], c.To):
		return tenant.Invalid("a state that does not follow")
	case c.Version < tenant.FirstVersion:
		return tenant.Invalid("a transition without the version it is based on")
	case !tenant.IsName(c.By):
		return tenant.Invalid("a transition without its author")
	}
	return nil
}

// apply returns t as the transition leaves it. ErrInvalid.
func (c Transition) apply(t tenant.Tenant) (tenant.Tenant, error) {
	for _, f := range []struct {
		field *string
		to    string
	}{
		{&t.IdentityTenant, c.Set.IdentityTenant},
		{&t.ServiceAccount, c.Set.ServiceAccount},
		{&t.Database, c.Set.Database},
		{&t.Bucket, c.Set.Bucket},
	} {
		if f.to == "" || f.to == *f.field {
			continue
		}
		if *f.field != "" {
			return tenant.Tenant{}, tenant.Invalid("what a tenant was assigned cannot change")
		}
		*f.field = f.to
	}
	if c.Set.Name != "" {
		t.Name = c.Set.Name
	}
	t.Status = c.To
	t.Version++
	return t, t.Validate()
}

// patch is what to write of the changed tenant: the fields that the transition names, the version,
// and the cell, which a record from before there were cells does not say.
func (r *Registry) patch(doc *firestore.DocumentSnapshot, changed tenant.Tenant, c Transition) ([]firestore.Update, error) {
	patch := []firestore.Update{
		{Path: "version", Value: changed.Version},
		{Path: "cell", Value: changed.Cell.String()},
	}
	for path, value := range map[string]string{
		"name":           c.Set.Name,
		"identityTenant": c.Set.IdentityTenant,
		"serviceAccount": c.Set.ServiceAccount,
		"database":       c.Set.Database,
		"bucket":         c.Set.Bucket,
	} {
		if value != "" {
			patch = append(patch, firestore.Update{Path: path, Value: value})
		}
	}
	if c.From == c.To {
		return patch, nil
	}
	history, err := r.withHistory(doc, c)
	if err != nil {
		return nil, err
	}
	return append(patch,
		firestore.Update{Path: "status", Value: string(changed.Status)},
		firestore.Update{Path: "history", Value: history}), nil
}
