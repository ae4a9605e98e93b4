package records

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Bounds of one document. With one more, the oldest gives way.
const (
	MostGenerations = 100
	MostKeys        = 8
)

// Store keeps the records. Safe for concurrent use.
type Store struct {
	db  *firestore.Client
	now func() time.Time
}

// New returns a Store in a database. now is the clock; nil: time.Now.
func New(db *firestore.Client, now func() time.Time) *Store {
	if now == nil {
		now = time.Now
	}
	return &Store{db, now}
}

// Now is the time as the database keeps it.
func (s *Store) Now() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// document is the record of a document.
type document struct {
	Generations []int64   `firestore:"generations"` // in the order in which they came
	Keys        []heldKey `firestore:"keys"`        // likewise
}

type heldKey struct {
	ID      string    `firestore:"id"`
	Expires time.Time `firestore:"expires"`
}

// due is the record of what is to be looked at.
type due struct {
	Tenant     string    `firestore:"tenant"`
	Document   string    `firestore:"document"`
	Generation int64     `firestore:"generation"` // 0: it is about the key
	Run        string    `firestore:"run"`
	Key        string    `firestore:"key"`
	At         time.Time `firestore:"at"`
}

func (s *Store) document(d Document) *firestore.DocumentRef {
	return s.db.Collection("tenants").Doc(d.Tenant).Collection("documents").Doc(d.ID)
}

func (s *Store) generation(r Ref) *firestore.DocumentRef {
	return s.document(r.Document).Collection("generations").Doc(strconv.FormatInt(r.Generation, 10))
}

func (s *Store) key(id string) *firestore.DocumentRef { return s.db.Collection("keys").Doc(id) }

// due is where it stands that the item is due. The name is spread evenly, so that no range of names
// gets all the writes.
func (s *Store) due(i Item) *firestore.DocumentRef {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d/%s", i.Tenant, i.ID, i.Generation, i.Run))
	return s.db.Collection("due").Doc(hex.EncodeToString(sum[:]))
}

func (s *Store) dueKey(id string) *firestore.DocumentRef {
	return s.db.Collection("due").Doc("key-" + id)
}

// Get returns a generation, or ErrNotFound.
func (s *Store) Get(ctx context.Context, r Ref) (Generation, error) {
	var g Generation
	_, err := read(s.generation(r).Get(ctx))(&g)
	return g, err
}

// read decodes a snapshot, and turns "not found" into ErrNotFound.
func read(snap *firestore.DocumentSnapshot, err error) func(to any) (bool, error) {
	return func(to any) (bool, error) {
		if status.Code(err) == codes.NotFound {
			return false, ErrNotFound
		}
		if err == nil {
			err = snap.DataTo(to)
		}
		if err != nil {
			return false, fmt.Errorf("records: %w", err)
		}
		return true, nil
	}
}

// readDocument returns a document's record; an empty one if there is none.
func (s *Store) readDocument(tx *firestore.Transaction, d Document) (document, bool, error) {
	var rec document
	found, err := read(tx.Get(s.document(d)))(&rec)
	if errors.Is(err, ErrNotFound) {
		return document{}, false, nil
	}
	return rec, found, err
}

// writeDocument keeps a document's record as long as it names anything.
func (s *Store) writeDocument(tx *firestore.Transaction, d Document, rec document) error {
	if len(rec.Generations) == 0 && len(rec.Keys) == 0 {
		return tx.Delete(s.document(d))
	}
	return tx.Set(s.document(d), rec)
}

func (s *Store) write(tx *firestore.Transaction, r Ref, g Generation) error {
	return errors.Join(tx.Set(s.generation(r), g), s.setDue(tx, Item{r, g.Run}, g.due(s.Now())))
}

func (s *Store) setDue(tx *firestore.Transaction, i Item, at time.Time) error {
	return tx.Set(s.due(i), due{Tenant: i.Tenant, Document: i.ID, Generation: i.Generation, Run: i.Run, At: at})
}

// ErrUnchanged is what a change returns that changes nothing. Update then returns no error.
var ErrUnchanged = errors.New("records: unchanged")

// Update changes a generation in a transaction, and returns it as it is then. change may be called
// several times. Its error is returned with the generation as it was. Update returns ErrNotFound if
// there is no such generation.
func (s *Store) Update(ctx context.Context, r Ref, change func(*Generation) error) (now Generation, err error) {
	err = s.transact(ctx, func(tx *firestore.Transaction) error {
		var g Generation
		if _, err := read(tx.Get(s.generation(r)))(&g); err != nil {
			return err
		}
		now = g
		if err := change(&g); err != nil {
			return err
		}
		var ended error
		if g.Run != now.Run { // nothing is left of the last one: see Cleared
			ended = tx.Delete(s.due(Item{r, now.Run}))
		}
		now = g
		return errors.Join(ended, s.write(tx, r, g))
	})
	if errors.Is(err, ErrUnchanged) {
		err = nil
	}
	return now, err
}

// Create makes a generation, unless there is one. It returns the one that there is then, and
// whether it was made.
func (s *Store) Create(ctx context.Context, r Ref, g Generation) (now Generation, created bool, err error) {
	err = s.transact(ctx, func(tx *firestore.Transaction) error {
		now, created = Generation{}, false
		_, err := read(tx.Get(s.generation(r)))(&now)
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		rec, _, err := s.readDocument(tx, r.Document)
		if err != nil {
			return err
		}
		rec.Generations = append(rec.Generations, r.Generation)
		keep := max(0, len(rec.Generations)-MostGenerations)
		oldest, err := s.items(tx, r.Document, rec.Generations[:keep])
		if err != nil {
			return err
		}
		rec.Generations = rec.Generations[keep:]
		now, created = g, true
		return errors.Join(s.drop(tx, oldest), s.write(tx, r, g), s.writeDocument(tx, r.Document, rec))
	})
	return now, created, err
}

// items returns the runs of some generations. In a transaction, reads come before writes.
func (s *Store) items(tx *firestore.Transaction, d Document, generations []int64) ([]Item, error) {
	var items []Item
	for _, n := range generations {
		var g Generation
		_, err := read(tx.Get(s.generation(Ref{d, n})))(&g)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		items = append(items, Item{Ref{d, n}, g.Run})
	}
	return items, nil
}

// drop deletes the records of generations, and leaves them due: their parts are to go.
func (s *Store) drop(tx *firestore.Transaction, all []Item) error {
	var faults []error
	for _, i := range all {
		faults = append(faults, tx.Delete(s.generation(i.Ref)), s.setDue(tx, i, s.Now()))
	}
	return errors.Join(faults...)
}

// Remove deletes the record of a generation, if this is its run still, and leaves it due: its parts
// are to go.
func (s *Store) Remove(ctx context.Context, i Item) error {
	return s.transact(ctx, func(tx *firestore.Transaction) error {
		rec, _, err := s.readDocument(tx, i.Document)
		if err != nil {
			return err
		}
		now, err := s.items(tx, i.Document, []int64{i.Generation})
		if err != nil || now[0].Run != i.Run {
			return err
		}
		rec.Generations = slices.DeleteFunc(rec.Generations, func(n int64) bool { return n == i.Generation })
		return errors.Join(s.drop(tx, now), s.writeDocument(tx, i.Document, rec))
	})
}

// Erase deletes all records of a document, its keys among them, and returns the generations that it
// had. These are due: their parts are to go.
func (s *Store) Erase(ctx context.Context, d Document) (gone []Item, err error) {
	err = s.transact(ctx, func(tx *firestore.Transaction) error {
		rec, _, err := s.readDocument(tx, d)
		if err != nil {
			return err
		}
		if gone, err = s.items(tx, d, rec.Generations); err != nil {
			return err
		}
		faults := []error{s.drop(tx, gone)}
		for _, k := range rec.Keys {
			faults = append(faults, tx.Delete(s.key(k.ID)), tx.Delete(s.dueKey(k.ID)))
		}
		return errors.Join(append(faults, tx.Delete(s.document(d)))...)
	})
	return gone, err
}

// Latest returns a document's generation of the greatest number, or ErrNotFound.
func (s *Store) Latest(ctx context.Context, d Document) (Ref, Generation, error) {
	var rec document
	if _, err := read(s.document(d).Get(ctx))(&rec); err != nil {
		return Ref{}, Generation{}, err
	}
	if len(rec.Generations) == 0 {
		return Ref{}, Generation{}, ErrNotFound
	}
	r := Ref{d, slices.Max(rec.Generations)}
	g, err := s.Get(ctx, r)
	return r, g, err
}

// aPage is how many of what is due are read at once.
const aPage = 100

// Due calls visit for all that is to be looked at by now, that first which has been due for
// longest. Keys whose time is over are deleted on the way.
func (s *Store) Due(ctx context.Context, visit func(Item)) error {
	all := s.db.Collection("due").Where("at", "<=", s.Now()).OrderBy("at", firestore.Asc).Limit(aPage)
	for page := all; ; {
		found, err := page.Documents(ctx).GetAll()
		if err != nil {
			return fmt.Errorf("records: due: %w", err)
		}
		for _, snap := range found {
			var d due
			if err := snap.DataTo(&d); err != nil {
				return fmt.Errorf("records: due: %w", err)
			}
			of := Document{d.Tenant, d.Document}
			if d.Generation != 0 {
				visit(Item{Ref{of, d.Generation}, d.Run})
			} else if err := s.RevokeKey(ctx, of, d.Key); err != nil {
				return err
			}
		}
		if len(found) < aPage {
			return nil
		}
		page = all.StartAfter(found[len(found)-1])
	}
}

// Forget says that nothing is left of a run whose generation has no record, or has begun again.
func (s *Store) Forget(ctx context.Context, i Item) error {
	if _, err := s.due(i).Delete(ctx); err != nil {
		return fmt.Errorf("records: %w", err)
	}
	return nil
}

// transact runs a transaction, and again when it meets another.
func (s *Store) transact(ctx context.Context, f func(*firestore.Transaction) error) error {
	return s.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error { return f(tx) }, firestore.MaxAttempts(10))
}
