package registry

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/recordcache"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Registry reads and writes the tenants' records in the control plane's database. A look-up may be
// answered from memory, and is then at most 5 s old; a process sees its own writes at once. A
// registry that cannot be read is ErrUnavailable, never "no such tenant": not knowing is not a
// refusal.
//
// A record is made by Reserve and changed by Transition. There is no other way to write one.
type Registry struct {
	db  *firestore.Client
	now func() time.Time

	tenants  *recordcache.Cache[tenant.ID, tenant.Tenant]
	slugs    *recordcache.Cache[tenant.Slug, tenant.ID]
	identity *recordcache.Cache[identityTenant, tenant.ID]
	buckets  *recordcache.Cache[bucketName, tenant.ID] // of silos

	writes atomic.Uint64 // counts this process's writes: each ends the verdicts reached before it
}

// identityTenant is a tenant's name in Identity Platform.
type identityTenant string

func (t identityTenant) String() string { return string(t) }

// bucketName is the name of a bucket.
type bucketName string

func (b bucketName) String() string { return string(b) }

var errUnknownTenant = tenant.Denied("no such tenant")

// New returns a Registry over the database "platform". Its account needs roles/datastore.user
// there. now is the clock; nil: time.Now.
func New(db *firestore.Client, now func() time.Time) *Registry {
	if now == nil {
		now = time.Now
	}
	r := &Registry{db: db, now: now}
	r.tenants = recordcache.New(now, r.readTenant)
	r.tenants.Newer = func(a, b tenant.Tenant) bool { return a.Version > b.Version }
	r.slugs = recordcache.New(now, r.readSlug)
	r.identity = recordcache.New(now, r.readIdentityTenant)
	r.buckets = recordcache.New(now, r.readSilo)
	return r
}

// ByID looks one tenant up, in any state: ErrTenantDenied if there is none, ErrUnavailable if that
// cannot be known.
func (r *Registry) ByID(ctx context.Context, id tenant.ID) (tenant.Tenant, error) {
	if id.IsZero() {
		return tenant.Tenant{}, errUnknownTenant
	}
	t, err := r.tenants.Get(ctx, id)
	return t, lookupError(err)
}

// Current is ByID past the cache: for a caller who decides by the answer what to change.
func (r *Registry) Current(ctx context.Context, id tenant.ID) (tenant.Tenant, error) {
	if id.IsZero() {
		return tenant.Tenant{}, errUnknownTenant
	}
	t, err := r.readTenant(ctx, id)
	if err != nil {
		return tenant.Tenant{}, lookupError(err)
	}
	r.remember(t)
	return t, nil
}

// BySlug is ByID for a slug.
func (r *Registry) BySlug(ctx context.Context, s tenant.Slug) (tenant.Tenant, error) {
	if s.IsZero() {
		return tenant.Tenant{}, errUnknownTenant
	}
	id, err := r.slugs.Get(ctx, s)
	if err != nil {
		return tenant.Tenant{}, lookupError(err)
	}
	return r.ByID(ctx, id)
}

// ByIdentityTenant is ByID for an Identity Platform tenant id.
func (r *Registry) ByIdentityTenant(ctx context.Context, id string) (tenant.Tenant, error) {
	if id == "" {
		return tenant.Tenant{}, errUnknownTenant
	}
	t, err := r.identity.Get(ctx, identityTenant(id))
	if err != nil {
		return tenant.Tenant{}, lookupError(err)
	}
	return r.ByID(ctx, t)
}

// ByObject is ByID for an object of Cloud Storage: whose it is by its bucket or, in the bucket of a
// pool, by its bucket and the first segment of its name, which must agree. within is the object's
// name below that. ErrTenantDenied for an object that is no tenant's.
func (r *Registry) ByObject(ctx context.Context, bucket, object string) (t tenant.Tenant, within string, err error) {
	if bucket == "" {
		return tenant.Tenant{}, "", errUnknownTenant
	}
	if first, rest, ok := strings.Cut(object, "/"); ok {
		if id, err := tenant.ParseID(first); err == nil {
			t, err := r.ByID(ctx, id)
			switch {
			case err != nil:
				return tenant.Tenant{}, "", err
			case t.Isolation == tenant.Pool && t.Bucket == bucket:
				return t, rest, nil
			}
			return tenant.Tenant{}, "", errUnknownTenant
		}
	}
	id, err := r.buckets.Get(ctx, bucketName(bucket))
	if err != nil {
		return tenant.Tenant{}, "", lookupError(err)
	}
	t, err = r.ByID(ctx, id)
	return t, object, err
}

// List reads all tenants, in the order of their identifiers, past the cache. It is for operators
// and for a start. A record that cannot be read is reported and left out: it must not take the
// others with it.
func (r *Registry) List(ctx context.Context) ([]tenant.Tenant, error) {
	docs, err := r.db.Collection("tenants").Documents(ctx).GetAll()
	if err != nil {
		return nil, tenant.Unavailable("registry", err)
	}
	list := make([]tenant.Tenant, 0, len(docs))
	for _, doc := range docs {
		t, err := tenantOf(doc)
		if err != nil {
			slog.ErrorContext(ctx, "a tenant's record cannot be read and is left out", "record", doc.Ref.ID)
			continue
		}
		list = append(list, t)
	}
	return list, nil
}

// Changes counts the writes of this process. A verdict reached at one count may not hold at the
// next.
func (r *Registry) Changes() uint64 { return r.writes.Load() }

func (r *Registry) tenant(id tenant.ID) *firestore.DocumentRef {
	return r.db.Collection("tenants").Doc(id.String())
}
func (r *Registry) slug(s tenant.Slug) *firestore.DocumentRef {
	return r.db.Collection("slugs").Doc(s.String())
}

func (r *Registry) readTenant(ctx context.Context, id tenant.ID) (tenant.Tenant, error) {
	doc, err := r.tenant(id).Get(ctx)
	if err != nil {
		return tenant.Tenant{}, recordcache.ReadError(err)
	}
	t, err := tenantOf(doc)
	return t, recordcache.ReadError(err)
}

func (r *Registry) readSlug(ctx context.Context, s tenant.Slug) (tenant.ID, error) {
	doc, err := r.slug(s).Get(ctx)
	if err != nil {
		return tenant.ID{}, recordcache.ReadError(err)
	}
	id, err := slugHolder(doc)
	return id, recordcache.ReadError(err)
}

func (r *Registry) readIdentityTenant(ctx context.Context, id identityTenant) (tenant.ID, error) {
	docs, err := r.db.Collection("tenants").Where("identityTenant", "==", string(id)).Limit(2).Documents(ctx).GetAll()
	if err != nil {
		return tenant.ID{}, recordcache.ReadError(err)
	}
	switch len(docs) {
	case 0:
		return tenant.ID{}, recordcache.ErrAbsent
	case 1:
		t, err := tenantOf(docs[0])
		return t.ID, recordcache.ReadError(err)
	}
	return tenant.ID{}, recordcache.ReadError(errors.New("two tenants share one identity tenant"))
}

// readSilo finds the one silo that has the bucket.
func (r *Registry) readSilo(ctx context.Context, bucket bucketName) (tenant.ID, error) {
	docs, err := r.db.Collection("tenants").Where("bucket", "==", string(bucket)).Limit(2).Documents(ctx).GetAll()
	if err != nil {
		return tenant.ID{}, recordcache.ReadError(err)
	}
	if len(docs) == 0 {
		return tenant.ID{}, recordcache.ErrAbsent
	}
	t, err := tenantOf(docs[0])
	switch {
	case err != nil:
		return tenant.ID{}, recordcache.ReadError(err)
	case t.Isolation == tenant.Pool:
		return tenant.ID{}, recordcache.ErrAbsent
	case len(docs) > 1:
		return tenant.ID{}, recordcache.ReadError(errors.New("two tenants share one bucket"))
	}
	return t.ID, nil
}

// lookupError turns the absence of a record into the refusal of a tenant.
func lookupError(err error) error {
	if errors.Is(err, recordcache.ErrAbsent) {
		return errUnknownTenant
	}
	return err
}
