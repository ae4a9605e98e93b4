package secondfactor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Sealer seals a value for a purpose: it opens for the same purpose alone.
type Sealer interface {
	SealFor(purpose, plain []byte) ([]byte, error)
	OpenFor(purpose, sealed []byte) ([]byte, error)
}

// Place is where the factors of one owner stand, for whoever may reach them.
type Place struct {
	Owner Owner
	Doc   *firestore.DocumentRef
	// Transact runs f in a transaction of the document's database, again when another got in
	// between.
	Transact func(ctx context.Context, f func(context.Context, *firestore.Transaction) error) error
}

// Store keeps factors sealed. Safe for concurrent use; it keeps nothing of anybody.
type Store struct {
	sealer Sealer
	now    func() time.Time
}

// NewStore returns a store that seals with s. now is the clock; nil: time.Now.
func NewStore(s Sealer, now func() time.Time) (*Store, error) {
	if s == nil {
		return nil, errors.New("secondfactor: nothing seals factors")
	}
	if now == nil {
		now = time.Now
	}
	return &Store{s, now}, nil
}

// record is how factors are stored. Nothing about them is in the clear.
type record struct {
	Sealed []byte `firestore:"sealed"`
}

// Read returns the owner's factors: the zero Factors if nothing is set up. ErrUnreadable, and the
// database's errors.
func (s *Store) Read(ctx context.Context, at Place) (Factors, error) {
	doc, err := at.Doc.Get(ctx)
	return s.open(at, doc, err)
}

// Edit changes the owner's factors within a transaction. What edit leaves is kept if it returns
// nil, and so is nothing: then the document goes.
func (s *Store) Edit(tx *firestore.Transaction, at Place, edit func(*Factors) error) error {
	doc, err := tx.Get(at.Doc)
	f, err := s.open(at, doc, err)
	if err != nil {
		return err
	}
	if err := edit(&f); err != nil {
		return err
	}
	if !f.IsSetUp() {
		return tx.Delete(at.Doc)
	}
	plain, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("secondfactor: seal: %w", err)
	}
	sealed, err := s.sealer.SealFor(at.Owner.purpose(), plain)
	if err != nil {
		return fmt.Errorf("secondfactor: seal: %w", err)
	}
	return tx.Set(at.Doc, record{sealed})
}

// Prove runs prove on the owner's factors. They are kept as prove leaves them, also when it returns
// an error: wrong codes are counted. Of two requests that bring one code at once, one succeeds.
// ErrNotSetUp if the owner has set nothing up.
func (s *Store) Prove(ctx context.Context, at Place, prove func(f *Factors, now time.Time) error) error {
	var outcome error
	err := at.Transact(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		outcome = nil
		return s.Edit(tx, at, func(f *Factors) error {
			if !f.IsSetUp() {
				return ErrNotSetUp
			}
			outcome = prove(f, s.now())
			return nil
		})
	})
	return errors.Join(err, outcome)
}

func (s *Store) open(at Place, doc *firestore.DocumentSnapshot, err error) (f Factors, _ error) {
	switch {
	case status.Code(err) == codes.NotFound:
		return f, nil
	case err != nil:
		return f, err
	}
	var r record
	if err := doc.DataTo(&r); err != nil {
		return f, ErrUnreadable
	}
	plain, err := s.sealer.OpenFor(at.Owner.purpose(), r.Sealed)
	if err != nil {
		return f, ErrUnreadable
	}
	if err := json.Unmarshal(plain, &f); err != nil || !f.IsSetUp() {
		return Factors{}, ErrUnreadable
	}
	return f, nil
}
