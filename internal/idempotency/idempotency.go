package idempotency

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

var (
	// ErrOther reports a word that came with another request before. (422)
	ErrOther = errors.New("idempotency: the key was used for another request")
	// ErrRunning reports a word whose first request is not answered yet. (409)
	ErrRunning = errors.New("idempotency: the first request with this key is still running")
)

const (
	// Life is how long an answer is kept.
	Life = 24 * time.Hour
	// Patience is how long a request that has not been answered holds its word.
	Patience = time.Minute

	// MaxKey is the greatest length of a word, in bytes.
	MaxKey = 255
	// maxAnswer is the longest answer that is kept, in bytes.
	maxAnswer = 64 << 10

	swept = 5 // ended records that one new record takes away
)

// record is what is kept of a request.
type record struct {
	Request []byte    `firestore:"request"` // its SHA-256
	Answer  []byte    `firestore:"answer"`  // empty: it is still running
	Begun   time.Time `firestore:"begun"`
	Expires time.Time `firestore:"expires"`
}

// Attempt is a request that holds its word. The zero Attempt is of a request without a word: it
// keeps nothing.
type Attempt struct {
	db    vending.Database
	ref   *firestore.DocumentRef
	begun time.Time
}

// Begin begins the request of the grant's caller at this route, under this word. request is what
// they ask for, byte by byte. An answer that is not nil is what an earlier such request was
// answered with: nothing is to be done then.
//
// tenant.ErrInvalid for a word that is none, ErrOther, ErrRunning, tenant.ErrUnavailable.
func Begin(ctx context.Context, g vending.Grant, route, word string, request []byte) (a Attempt, answer []byte, err error) {
	if err := check(word); err != nil {
		return Attempt{}, nil, err
	}
	now := g.Now().UTC()
	sum := sha256.Sum256(request)
	a = Attempt{db: g.Database(), begun: now}
	a.ref = a.db.Collection(location.Idempotency).Doc(name(g.Principal().User(), route, word))
	err = a.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		answer = nil
		doc, err := tx.Get(a.ref)
		switch known := (record{}); {
		case status.Code(err) == codes.NotFound:
		case err != nil:
			return err
		case doc.DataTo(&known) != nil:
			return fmt.Errorf("idempotency: record %s cannot be read", a.ref.ID)
		case !now.Before(known.Expires):
		case string(known.Request) != string(sum[:]):
			return ErrOther
		case len(known.Answer) > 0:
			answer = known.Answer
			return nil
		case now.Sub(known.Begun) < Patience:
			return ErrRunning
		}
		return tx.Set(a.ref, record{Request: sum[:], Begun: now, Expires: now.Add(Life)})
	})
	switch {
	case errors.Is(err, ErrOther), errors.Is(err, ErrRunning):
		return Attempt{}, nil, err
	case err != nil:
		return Attempt{}, nil, tenant.Unavailable("request with an Idempotency-Key", err)
	}
	return a, answer, nil
}

// check returns tenant.ErrInvalid for a word that cannot be one: it is 1 to MaxKey printable
// characters of ASCII.
func check(word string) error {
	if word == "" || len(word) > MaxKey {
		return tenant.Invalid("Idempotency-Key")
	}
	for i := range len(word) {
		if word[i] < ' ' || word[i] > '~' {
			return tenant.Invalid("Idempotency-Key")
		}
	}
	return nil
}

// name is that of the record. It says nothing of the word to whoever lists records.
func name(caller tenant.UserID, route, word string) string {
	sum := sha256.Sum256([]byte(caller.String() + "\x00" + route + "\x00" + word))
	return hex.EncodeToString(sum[:])
}

// Keep keeps what the request was answered with, without any secret, for Life. A repeat that has
// taken the word over meanwhile is left alone.
func (a Attempt) Keep(ctx context.Context, answer []byte) error {
	if a.ref == nil || len(answer) > maxAnswer {
		return nil
	}
	err := a.own(ctx, func(tx *firestore.Transaction, r record) error {
		r.Answer = answer
		return tx.Set(a.ref, r)
	})
	return errors.Join(err, a.sweep(ctx))
}

// Drop forgets a request that came to nothing: it may be sent again, and otherwise.
func (a Attempt) Drop(ctx context.Context) error {
	if a.ref == nil {
		return nil
	}
	return a.own(ctx, func(tx *firestore.Transaction, _ record) error { return tx.Delete(a.ref) })
}

// own runs f on the record if it is still this attempt's.
func (a Attempt) own(ctx context.Context, f func(*firestore.Transaction, record) error) error {
	return a.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		doc, err := tx.Get(a.ref)
		if status.Code(err) == codes.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		var r record
		if err := doc.DataTo(&r); err != nil {
			return fmt.Errorf("idempotency: %w", err)
		}
		if len(r.Answer) > 0 || !r.Begun.Equal(a.begun.Truncate(time.Microsecond)) { // as the database keeps times
			return nil
		}
		return f(tx, r)
	})
}

// sweep takes a few records away that have ended, so that there are never many.
func (a Attempt) sweep(ctx context.Context) error {
	ended, err := a.db.Collection(location.Idempotency).
		Where("expires", "<=", a.begun).OrderBy("expires", firestore.Asc).Limit(swept).Documents(ctx).GetAll()
	if err != nil {
		return err
	}
	for _, doc := range ended {
		_, err := doc.Ref.Delete(ctx, firestore.LastUpdateTime(doc.UpdateTime))
		if err != nil && status.Code(err) != codes.FailedPrecondition && status.Code(err) != codes.NotFound {
			return err
		}
	}
	return nil
}
