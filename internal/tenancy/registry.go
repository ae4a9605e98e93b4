package tenancy

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"cloud.google.com/go/firestore"
)

// Registry reads and writes the tenants' records in the control plane's database. A look-up may be
// answered from memory, and is then at most 5 s old; a process sees its own writes at once. A registry
// that cannot be read is ErrUnavailable, never "no such tenant": not knowing is not a refusal.
//
// A record is made by Reserve and changed by Transition. There is no other way to write one.
type Registry struct {
	db  *firestore.Client
	now func() time.Time

	tenants  *recordCache[ID, Tenant]
	slugs    *recordCache[Slug, ID]
	identity *recordCache[identityTenant, ID]

	writes atomic.Uint64 // counts this process's writes: each ends the verdicts reached before it
}

// identityTenant is a tenant's name in Identity Platform.
type identityTenant string

func (t identityTenant) String() string { return string(t) }

var errUnknownTenant = denied("no such tenant")

// NewRegistry returns a Registry over the database "platform". Its account needs roles/datastore.user there. now is the
// clock; nil: time.Now.
func NewRegistry(db *firestore.Client, now func() time.Time) *Registry {
	if now == nil {
		now = time.Now
	}
	r := &Registry{db: db, now: now}
	r.tenants = newRecordCache(now, r.readTenant)
	r.tenants.newer = func(a, b Tenant) bool { return a.Version > b.Version }
	r.slugs = newRecordCache(now, r.readSlug)
	r.identity = newRecordCache(now, r.readIdentityTenant)
	return r
}

// ByID looks one tenant up, in any state: ErrTenantDenied if there is none, ErrUnavailable if that cannot be known.
func (r *Registry) ByID(ctx context.Context, id ID) (Tenant, error) {
	if id.IsZero() {
		return Tenant{}, errUnknownTenant
	}
	t, err := r.tenants.get(ctx, id)
	return t, lookupError(err)
}

// Current is ByID past the cache: for a caller who decides by the answer what to change.
func (r *Registry) Current(ctx context.Context, id ID) (Tenant, error) {
	if id.IsZero() {
		return Tenant{}, errUnknownTenant
	}
	t, err := r.readTenant(ctx, id)
	if err != nil {
		return Tenant{}, err
	}
	r.remember(t)
	return t, nil
}

// BySlug is ByID for a slug.
func (r *Registry) BySlug(ctx context.Context, s Slug) (Tenant, error) {
	if s.IsZero() {
		return Tenant{}, errUnknownTenant
	}
	id, err := r.slugs.get(ctx, s)
	if err != nil {
		return Tenant{}, lookupError(err)
	}
	return r.ByID(ctx, id)
}

// ByIdentityTenant is ByID for an Identity Platform tenant id.
func (r *Registry) ByIdentityTenant(ctx context.Context, id string) (Tenant, error) {
	if id == "" {
		return Tenant{}, errUnknownTenant
	}
	t, err := r.identity.get(ctx, identityTenant(id))
	if err != nil {
		return Tenant{}, lookupError(err)
	}
	return r.ByID(ctx, t)
}

// List reads all tenants, in the order of their identifiers, past the cache. It is for operators and for a start.
func (r *Registry) List(ctx context.Context) ([]Tenant, error) {
	docs, err := r.db.Collection("tenants").Documents(ctx).GetAll()
	if err != nil {
		return nil, unavailable("registry", err)
	}
	list := make([]Tenant, 0, len(docs))
	for _, doc := range docs {
		t, err := tenantOf(doc)
		if err != nil {
			return nil, unavailable("registry", err)
		}
		list = append(list, t)
	}
	return list, nil
}

// changes counts the writes of this process. A verdict reached at one count may not hold at the next.
func (r *Registry) changes() uint64 { return r.writes.Load() }

func (r *Registry) tenant(id ID) *firestore.DocumentRef {
	return r.db.Collection("tenants").Doc(id.String())
}
func (r *Registry) slug(s Slug) *firestore.DocumentRef {
	return r.db.Collection("slugs").Doc(s.String())
}

func (r *Registry) readTenant(ctx context.Context, id ID) (Tenant, error) {
	doc, err := r.tenant(id).Get(ctx)
	if err != nil {
		return Tenant{}, readError(err)
	}
	t, err := tenantOf(doc)
	return t, readError(err)
}

func (r *Registry) readSlug(ctx context.Context, s Slug) (ID, error) {
	doc, err := r.slug(s).Get(ctx)
	if err != nil {
		return ID{}, readError(err)
	}
	id, err := slugHolder(doc)
	return id, readError(err)
}

func (r *Registry) readIdentityTenant(ctx context.Context, id identityTenant) (ID, error) {
	docs, err := r.db.Collection("tenants").Where("identityTenant", "==", string(id)).Limit(2).Documents(ctx).GetAll()
	if err != nil {
		return ID{}, readError(err)
	}
	switch len(docs) {
	case 0:
		return ID{}, errAbsent
	case 1:
		t, err := tenantOf(docs[0])
		return t.ID, readError(err)
	}
	return ID{}, readError(errors.New("two tenants share one identity tenant"))
}

// lookupError turns the absence of a record into the refusal of a tenant.
func lookupError(err error) error {
	if errors.Is(err, errAbsent) {
		return errUnknownTenant
	}
	return err
}
