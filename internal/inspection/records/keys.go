package records

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"regexp"
	"slices"
	"time"

	"cloud.google.com/go/firestore"
)

// Key is what a client is given: it opens one document of one tenant. The text is not kept.
type Key struct {
	ID      string
	Text    string
	Expires time.Time
}

// KeyPrefix begins every key of B, and no token of another kind.
const KeyPrefix = "bik_"

// A key is its prefix, its id and its secret, of 16 and 32 characters of base32 in lower case.
var keyForm = regexp.MustCompile(`^bik_([a-z2-7]{16})_([a-z2-7]{32})$`)

var keyLetters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// random returns n bytes that nobody can guess, written down.
func random(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return keyLetters.EncodeToString(b)
}

// key is the record of a key.
type key struct {
	Tenant   string    `firestore:"tenant"`
	Document string    `firestore:"document"`
	Digest   []byte    `firestore:"digest"` // of its text
	Expires  time.Time `firestore:"expires"`
}

func digest(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// NewKey makes a key of a document. Of more than MostKeys the oldest gives way.
func (s *Store) NewKey(ctx context.Context, d Document, life time.Duration) (Key, error) {
	now := s.Now()
	made := Key{ID: random(10), Expires: now.Add(life)}
	made.Text = KeyPrefix + made.ID + "_" + random(20)
	err := s.transact(ctx, func(tx *firestore.Transaction) error {
		rec, _, err := s.readDocument(tx, d)
		if err != nil {
			return err
		}
		var faults []error
		rec.Keys = append(rec.Keys, heldKey{made.ID, made.Expires})
		for len(rec.Keys) > MostKeys {
			faults = append(faults, tx.Delete(s.key(rec.Keys[0].ID)), tx.Delete(s.dueKey(rec.Keys[0].ID)))
			rec.Keys = rec.Keys[1:]
		}
		faults = append(faults,
			tx.Set(s.key(made.ID), key{d.Tenant, d.ID, digest(made.Text), made.Expires}),
			tx.Set(s.dueKey(made.ID), due{Tenant: d.Tenant, Document: d.ID, Key: made.ID, At: made.Expires}),
			s.writeDocument(tx, d, rec))
		return errors.Join(faults...)
	})
	return made, err
}

// OpenKey returns which document a key opens, and its id. It returns ErrNotFound for a text that is
// no key, or is one no more.
func (s *Store) OpenKey(ctx context.Context, text string) (Document, string, error) {
	form := keyForm.FindStringSubmatch(text)
	if form == nil {
		return Document{}, "", ErrNotFound
	}
	var k key
	if _, err := read(s.key(form[1]).Get(ctx))(&k); err != nil {
		return Document{}, "", err
	}
	if subtle.ConstantTimeCompare(k.Digest, digest(text)) != 1 || !s.Now().Before(k.Expires) {
		return Document{}, "", ErrNotFound
	}
	return Document{k.Tenant, k.Document}, form[1], nil
}

// RevokeKey ends a key of the document. One that is not there, or is another document's, is no
// error.
func (s *Store) RevokeKey(ctx context.Context, d Document, id string) error {
	return s.transact(ctx, func(tx *firestore.Transaction) error {
		rec, _, err := s.readDocument(tx, d)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(rec.Keys, func(k heldKey) bool { return k.ID == id })
		if at < 0 {
			return nil
		}
		rec.Keys = slices.Delete(rec.Keys, at, at+1)
		return errors.Join(tx.Delete(s.key(id)), tx.Delete(s.dueKey(id)), s.writeDocument(tx, d, rec))
	})
}
