package uploads

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// collection holds a tenant's uploads, each under its ID.
const collection = location.Uploads

// record is an upload as stored.
type record struct {
	Name        string    `firestore:"name,omitempty"`
	Folder      string    `firestore:"folder,omitempty"`
	Size        int64     `firestore:"size,omitempty"`
	ContentType string    `firestore:"contentType,omitempty"`
	State       string    `firestore:"state"`
	Generation  int64     `firestore:"generation,omitempty"`
	CRC32C      int64     `firestore:"crc32c,omitempty"`
	Owner       string    `firestore:"owner,omitempty"`
	OwnerEmail  string    `firestore:"ownerEmail,omitempty"`
	Created     time.Time `firestore:"created,omitempty"` // absent only in the bin, where Was has it
	Stored      time.Time `firestore:"stored,omitempty"`
	Revision    int64     `firestore:"revision,omitempty"` // counts the changes of name and folder, from 0
	Due         time.Time `firestore:"due,omitempty"`      // when Settle looks at it next; absent when nothing is to follow

	NameKey    string   `firestore:"nameKey,omitempty"`    // the name, as lists are ordered by it
	Beginnings []string `firestore:"beginnings,omitempty"` // of words of the name, by which searches find it

	Parts      *parts      `firestore:"parts,omitempty"`      // nil: the file is sent by one request
	Inspection *inspection `firestore:"inspection,omitempty"` // nil: nobody asked for one

	File     string `firestore:"file,omitempty"`     // ID of the first version; absent: there is one
	Version  int64  `firestore:"version,omitempty"`  // counts the versions, from 0
	Replaces string `firestore:"replaces,omitempty"` // ID of the file whose next version is awaited

	// Of a file in the bin there are these, State and Due, and nothing else; of an earlier version
	// of a file Was, State and File.
	Was      *record   `firestore:"was,omitempty"`      // the file's own record
	Binned   time.Time `firestore:"binned,omitempty"`   // when it was put there
	BinnedBy string    `firestore:"binnedBy,omitempty"` // e-mail address of whoever put it there
}

// stowed is the record as it is kept in Was: without what follows from the rest.
func (r record) stowed() record {
	r.Due, r.NameKey, r.Beginnings = time.Time{}, "", nil
	return r
}

// whole is the file's own record, wherever it is kept.
func (r record) whole() record {
	if r.Was != nil {
		return *r.Was
	}
	return r
}

// patience is how long after its creation an upload that has not arrived is given up, and how long
// a deleted one is remembered. It is well past the signed request's life and the time that the
// largest file takes on a slow line.
const patience = 24 * time.Hour

// overdue reports whether nothing can arrive for r any more, or it is not waited for.
func (r record) overdue(now time.Time) bool {
	if r.Parts != nil {
		return now.Sub(r.touched()) > partsPatience
	}
	return now.Sub(r.Created) > patience
}

// tombstone is what is remembered of a deleted upload: nothing that the tenant wrote. Of an upload
// in parts nothing can arrive once it is given up, so it is not remembered for longer than that
// takes. Of a file with versions it names them, for they go with it.
func (r record) tombstone() record {
	file := ""
	if State(r.State) == binned {
		file = r.whole().File
	}
	r = r.whole()
	due := r.Created.Add(patience)
	if r.Parts != nil {
		due = r.Created
	}
	return record{State: string(deleting), Created: r.Created, Due: due, Parts: r.Parts, File: file}
}

// read returns the record in snap. Missing documents are ErrNotFound.
func read(snap *firestore.DocumentSnapshot, err error) (record, error) {
	if status.Code(err) == codes.NotFound {
		return record{}, ErrNotFound
	}
	if err != nil {
		return record{}, fmt.Errorf("uploads: read: %w", err)
	}
	var r record
	if err := snap.DataTo(&r); err != nil {
		return record{}, unreadable(snap.Ref.ID, "form")
	}
	return r, nil
}

func unreadable(id, fault string) error {
	return &document.Unreadable{Collection: collection, ID: id, Fault: fault}
}

// changeState replaces the record of an upload by what next makes of it, in a transaction, and
// returns both. Nothing is written if the state stays as it is. A size that the record gives up is
// not counted any more. next may be called more than once. ErrNotFound if there is no such upload,
// and the errors of next.
func (r *Repository) changeState(ctx context.Context, id ID, next func(record) (record, error)) (was, now record, err error) {
	ref, err := r.doc(id)
	if err != nil {
		return record{}, record{}, err
	}
	err = r.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		if was, err = read(tx.Get(ref)); err != nil {
			return err
		}
		if now, err = next(was); err != nil {
			return err
		}
		if now.State == was.State {
			return nil
		}
		count, err := r.count(tx, id, now.whole().Size-was.whole().Size)
		if err != nil {
			return err
		}
		if err := tx.Set(ref, now); err != nil {
			return err
		}
		return count()
	})
	switch {
	case errors.Is(err, ErrNotFound):
		err = ErrNotFound
	case err != nil:
		err = fmt.Errorf("uploads: change: %w", err)
	}
	return was, now, err
}

// upload turns a record into the Upload that it is at a time. One that is being deleted is
// ErrNotFound, one in the bin ErrBinned, an earlier version of a file ErrReplaced.
func (r record) upload(id ID, at time.Time) (Upload, error) {
	state := State(r.State)
	switch state {
	case Pending:
		if at.Sub(r.touched()) > sendTime {
			state = Unfinished
		}
	case Stored:
	case deleting:
		return Upload{}, ErrNotFound
	case binned:
		return Upload{}, ErrBinned
	case replaced:
		return Upload{}, ErrReplaced
	default:
		return Upload{}, unreadable(id.String(), "state")
	}
	owner, err := tenant.ParseUserID(r.Owner)
	if err != nil {
		return Upload{}, unreadable(id.String(), "owner")
	}
	return Upload{
		ID:          id,
		Name:        r.Name,
		Folder:      r.Folder,
		Size:        r.Size,
		ContentType: r.ContentType,
		State:       state,
		Generation:  r.Generation,
		CRC32C:      uint32(r.CRC32C),
		Owner:       owner,
		OwnerEmail:  r.OwnerEmail,
		Created:     r.Created,
		Stored:      r.Stored,
		Revision:    r.Revision + 1,
		Version:     r.Version + 1,
		Awaited:     r.touched().Add(sendTime),
		Parts:       r.sentIn(),
		Inspection:  r.shown(at),
	}, nil
}
