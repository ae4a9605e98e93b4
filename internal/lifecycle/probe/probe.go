package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
	gtransport "google.golang.org/api/transport/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ErrNotIsolated reports that a tenant's key reached something that is not the tenant's.
var ErrNotIsolated = errors.New("probe: the key reaches what is not the tenant's")

// Probe is a tenant's account before anybody depends on it: onboarding asks the cloud itself what
// it opens. No guard stands before its requests, for it is the cloud's answer that is wanted.
type Probe struct {
	bundle   vault.Bundle
	location location.Location
	conn     gcloud.Conn
	pool     *gcloud.ConnPool
	http     *http.Transport
	storage  *storage.Client
}

// Open prepares to act as the bundle's account in its cell, by its key or by what stands for one in
// source. It returns ErrMisfiled if the account is not the tenant's, or the location not one of the
// cell's.
func Open(cell tenant.Cell, e gcloud.Endpoints, source vault.Source, b vault.Bundle) (*Probe, error) {
	f, err := b.File()
	if err != nil {
		return nil, err
	}
	where, err := f.Location(b.Tenant, cell)
	if err != nil {
		return nil, err
	}
	id, err := source.Identity(f, cell.Project)
	if err != nil {
		return nil, err
	}
	if id.Email() != location.AccountOf(cell.Project, b.Tenant) {
		return nil, vault.ErrMisfiled
	}
	origin, err := e.StorageOrigin()
	if err != nil {
		return nil, err
	}
	w, err := gcloud.Dial(e.Firestore, gcloud.GoogleFirestore)
	if err != nil {
		return nil, err
	}
	creds, transport := id.Credentials(), gcloud.NewTransport()
	client, err := gcloud.OpenStorage(origin.String(), creds, gcloud.Authorize(creds, transport))
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return &Probe{b, where, w.As(w.CallAs(creds)), w, transport, client}, nil
}

// Close releases the connections.
func (p *Probe) Close() error {
	defer p.http.CloseIdleConnections()
	return errors.Join(p.storage.Close(), p.pool.Close())
}

// Reaches reports, by a nil error, that the key opens the tenant's database and bucket. A new
// account or key takes a while to be known everywhere; until then the answer is an error, and the
// caller asks again.
func (p *Probe) Reaches(ctx context.Context) error {
	if err := p.readDatabase(ctx, p.location.Project, p.bundle.Database); err != nil {
		return fmt.Errorf("probe: database: %w", err)
	}
	if err := p.listBucket(ctx, p.bundle.Bucket, p.location.Prefix); err != nil {
		return fmt.Errorf("probe: bucket: %w", err)
	}
	return nil
}

// DeniedDatabase reports, by a nil error, that the cloud answers PermissionDenied when the key asks
// for a database of the project. It returns ErrNotIsolated if the cloud lets the key in, and
// another error if it says neither. Call it once Reaches has succeeded: a key that opens nothing at
// all proves nothing.
func (p *Probe) DeniedDatabase(ctx context.Context, project, database string) error {
	switch err := p.readDatabase(ctx, project, database); {
	case status.Code(err) == codes.PermissionDenied:
		return nil
	case err == nil:
		return fmt.Errorf("%w: database %s", ErrNotIsolated, database)
	default:
		return fmt.Errorf("probe: database %s: %w", database, err)
	}
}

// DeniedBucket is DeniedDatabase for the objects of a bucket whose names begin with prefix.
func (p *Probe) DeniedBucket(ctx context.Context, bucket, prefix string) error {
	err := p.listBucket(ctx, bucket, prefix)
	var answer *googleapi.Error
	switch {
	case errors.As(err, &answer) && answer.Code == http.StatusForbidden:
		return nil
	case err == nil:
		return fmt.Errorf("%w: bucket %s/%s", ErrNotIsolated, bucket, prefix)
	}
	return fmt.Errorf("probe: bucket %s/%s: %w", bucket, prefix, err)
}

// Create creates a document in the tenant's database, for a tenant that has no people yet and so
// nobody to vend to. A document that is there already is left alone.
func (p *Probe) Create(ctx context.Context, path string, data any) error {
	db, err := p.database(ctx, p.location.Project, p.bundle.Database)
	if err != nil {
		return err
	}
	if _, err := db.Doc(p.location.Path(path)).Create(ctx, data); err != nil && status.Code(err) != codes.AlreadyExists {
		return fmt.Errorf("probe: create: %w", err)
	}
	return nil
}

func (p *Probe) database(ctx context.Context, project, id string) (*firestore.Client, error) {
	return firestore.NewClientWithDatabase(ctx, project, id, gtransport.WithConnPool(p.conn))
}

// readDatabase reads a document that does not exist. That there is a snapshot of its absence is the
// answer of an open door; a database that does not exist is NotFound too, without one.
func (p *Probe) readDatabase(ctx context.Context, project, id string) error {
	db, err := p.database(ctx, project, id)
	if err != nil {
		return err
	}
	snap, err := db.Doc(p.location.Path("probe/probe")).Get(ctx)
	if snap != nil {
		return nil
	}
	return err
}

func (p *Probe) listBucket(ctx context.Context, name, prefix string) error {
	objects := p.storage.Bucket(name).Objects(ctx, &storage.Query{Prefix: prefix})
	objects.PageInfo().MaxSize = 1
	if _, err := objects.Next(); !errors.Is(err, iterator.Done) {
		return err
	}
	return nil
}
