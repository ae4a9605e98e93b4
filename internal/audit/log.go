package audit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Log is where the entries of one caller go. Like the grant that it is of, it belongs to a request.
type Log struct {
	db vending.Database
	by tenancy.Principal
}

// Of returns the log of the grant's tenant, in the name of the grant's caller. It does no I/O.
func Of(g vending.Grant) Log { return Log{g.Database(), g.Principal()} }

// ErrUnchanged is what the function of a Change returns where there is nothing to do: nothing is
// written then, no entry either, and Change returns nil.
var ErrUnchanged = errors.New("audit: nothing to change")

// Change runs f in a transaction and appends an entry to it: what f writes and the entry are
// committed together, or neither is. f is run again when another transaction got in between, each
// time with a fresh copy of e; it may fill in Before and After from what it reads.
//
// The error is f's as it is, ErrInvalid, that of a grant that may not append, which is
// vending.ErrDenied, or the database's. Where the answer to a commit was lost, the entry tells
// whether it took place; there are never two.
func (l Log) Change(ctx context.Context, e Entry, f func(ctx context.Context, tx *firestore.Transaction, e *Entry) error) error {
	ref := l.ref(rand.Text())
	err := l.db.RunTransaction(ctx, func(ctx context.Context, tx *firestore.Transaction) error {
		e := e
		if err := f(ctx, tx, &e); err != nil {
			return err
		}
		if err := e.validate(); err != nil {
			return err
		}
		return tx.Create(ref, l.record(ctx, e))
	})
	if errors.Is(err, ErrUnchanged) {
		return nil
	}
	return err
}

// Append appends an entry about a change that is made elsewhere, out of the reach of a transaction.
// key names the entry: a second Append under the same key succeeds and changes nothing. The errors
// are those of Change.
func (l Log) Append(ctx context.Context, key string, e Entry) error {
	if err := e.validate(); err != nil {
		return err
	}
	_, err := l.ref(key).Create(ctx, l.record(ctx, e))
	if status.Code(err) == codes.AlreadyExists {
		return nil
	}
	if err != nil {
		return fmt.Errorf("audit: append: %w", err)
	}
	return nil
}

func (l Log) ref(key string) *firestore.DocumentRef { return l.db.Collection(location.Audit).Doc(key) }

func (l Log) record(ctx context.Context, e Entry) record {
	in, _ := ledger.RequestOf(ctx)
	return newRecord(e, l.by, in)
}
