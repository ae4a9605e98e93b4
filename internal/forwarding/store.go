package forwarding

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// collection holds what is known of each file, under its id.
const collection = "documents"

// document is what the Adapter knows of a file. Fields may be added; none may change its meaning.
type document struct {
	Tenant  string    `firestore:"tenant"`
	Attempt int64     `firestore:"attempt"` // which handing over it is of
	Sealed  []byte    `firestore:"sealed"`  // a kept; empty: Service B gave no key
	Expires time.Time `firestore:"expires"` // when the document may be forgotten

	// Last is what was published last, so that it can be published again; LastOf is the generation
	// that it is about.
	Last   []byte `firestore:"last"`
	LastOf int64  `firestore:"lastOf"`
}

// kept is what is sealed in a document.
type kept struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	Type string `json:"type"`
}

// store keeps documents. Safe for concurrent use.
type store struct {
	db   *firestore.Client
	keys *sealing.Keys
}

func (s *store) doc(upload string) *firestore.DocumentRef {
	return s.db.Collection(collection).Doc(upload)
}

// get returns the document of a file; ok is false if nothing is known of it.
func (s *store) get(ctx context.Context, upload string) (d document, ok bool, err error) {
	snap, err := s.doc(upload).Get(ctx)
	if status.Code(err) == codes.NotFound {
		return document{}, false, nil
	}
	if err == nil {
		err = snap.DataTo(&d)
	}
	if err != nil {
		return document{}, false, tenant.Unavailable("documents of the Adapter", err)
	}
	return d, true, nil
}

// put writes what is known since an attempt, unless a later one is known already.
func (s *store) put(ctx context.Context, e events.Event, k kept, moved events.Moved, expires time.Time) error {
	return s.change(ctx, e.Data.Upload, func(d document, ok bool) (document, error) {
		if ok && d.Attempt >= e.Data.Attempt {
			return document{}, errUnchanged
		}
		made := document{Tenant: e.Tenant.String(), Attempt: e.Data.Attempt, Expires: expires}
		if k.Key != "" {
			plain, err := json.Marshal(k)
			if err == nil {
				made.Sealed, err = s.keys.SealFor(sealedFor(e.Data.Upload, e.Data.Attempt), plain)
			}
			if err != nil {
				return document{}, err
			}
		}
		return made.with(moved, 0)
	})
}

// note writes what is published of an attempt. One that a later attempt has overtaken is let be.
func (s *store) note(ctx context.Context, upload string, attempt, generation int64, moved events.Moved) error {
	return s.change(ctx, upload, func(d document, ok bool) (document, error) {
		if !ok || d.Attempt != attempt {
			return document{}, errUnchanged
		}
		if moved.Step.IsEnd() && moved.Step != events.Parked {
			d.Sealed = nil // the key has served
		}
		return d.with(moved, generation)
	})
}

// with is d after a step.
func (d document) with(moved events.Moved, generation int64) (document, error) {
	text, err := json.Marshal(moved)
	d.Last, d.LastOf = text, generation
	return d, err
}

// last is what was published last.
func (d document) last() (m events.Moved, ok bool) {
	return m, len(d.Last) > 0 && json.Unmarshal(d.Last, &m) == nil
}

// key opens what is sealed in d.
func (s *store) key(upload string, d document) (kept, bool) {
	plain, err := s.keys.OpenFor(sealedFor(upload, d.Attempt), d.Sealed)
	if err != nil {
		return kept{}, false
	}
	var k kept
	return k, json.Unmarshal(plain, &k) == nil && k.Key != ""
}

var errUnchanged = errors.New("forwarding: nothing to change")

func (s *store) change(ctx context.Context, upload string, edit func(document, bool) (document, error)) error {
	ref := s.doc(upload)
	err := s.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		snap, err := tx.Get(ref)
		if err != nil && status.Code(err) != codes.NotFound {
			return err
		}
		var d document
		if snap.Exists() {
			if err := snap.DataTo(&d); err != nil {
				return err
			}
		}
		d, err = edit(d, snap.Exists())
		if err != nil {
			return err
		}
		return tx.Set(ref, d)
	})
	if err == nil || errors.Is(err, errUnchanged) {
		return nil
	}
	return tenant.Unavailable("documents of the Adapter", err)
}

// sealedFor is the purpose of what a document seals.
func sealedFor(upload string, attempt int64) []byte {
	return []byte("adapter document, v1\x00" + upload + "\x00" + strconv.FormatInt(attempt, 10))
}
