// Package vended uses what it was vended, as feature code does.
package vended

import (
	"context"
	"errors"
	"log/slog"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
)

// Repository belongs to a request.
type Repository struct {
	grant  machine.Grant
	bucket *storage.BucketHandle
}

// New makes one.
func New(g machine.Grant, b *storage.BucketHandle) Repository { return Repository{g, b} }

// List reads, in parallel, while the request lasts.
func (r Repository) List(ctx context.Context, log *slog.Logger) error {
	done := make(chan error, 1)
	go func() { done <- r.read(ctx) }()
	log.Info("reading", "grant", r.grant)
	err := <-done
	var failed *googleapi.Error
	if errors.As(err, &failed) || status.Code(err) == codes.NotFound || errors.Is(err, storage.ErrObjectNotExist) {
		return nil
	}
	return err
}

func (r Repository) read(ctx context.Context) error {
	docs := r.grant.Collection("users").Where("a", "==", 1).Documents(ctx)
	if _, err := docs.Next(); errors.Is(err, iterator.Done) {
		return nil
	}
	_, err := r.bucket.Object("o").If(storage.Conditions{DoesNotExist: true}).Attrs(ctx)
	return err
}

// Registry is given a client by whoever wires everything.
type Registry struct{ db *firestore.Client }

// NewRegistry keeps it, for as long as it lives itself.
func NewRegistry(db *firestore.Client) *Registry { return &Registry{db} }

// Transfer uses it.
func (r *Registry) Transfer(ctx context.Context) error {
	return r.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		return tx.Set(r.db.Doc("a/b"), map[string]any{"n": firestore.Increment(1)})
	})
}
