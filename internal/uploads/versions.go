package uploads

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// A version of a file is an upload of its own: a record, an object and an inspection. All versions
// name the first one in their field file. One of them is stored, and is the file. The others are
// replaced: like a file in the bin, each has its own record in one field, so that no query for
// files finds it. Which one is the file changes in one transaction of two records.

// MaxVersions is how many earlier versions of a file are kept. The oldest is deleted for good when
// there is one more.
const MaxVersions = 20

// ErrReplaced reports an upload that is an earlier version of a file.
var ErrReplaced = errors.New("uploads: there is a newer version of the file")

// Version is one version of a file.
type Version struct {
	Upload       // as it is kept; its name and folder are those that the file had then
	Current bool // it is the file
}

// replaceable returns the name and folder of the file that an intent replaces, and its ID as the
// record of the new version keeps it.
func (r *Repository) replaceable(ctx context.Context, i Intent) (Intent, error) {
	if i.Replaces.IsZero() {
		return i, nil
	}
	if err := r.mayWrite(); err != nil {
		return i, err
	}
	u, err := r.Get(ctx, i.Replaces)
	switch {
	case err != nil:
		return i, err
	case u.State != Stored:
		return i, ErrNotUploaded
	case i.Based != 0 && i.Based != u.Revision:
		return i, tenant.ErrStale
	}
	i.Name, i.Folder = u.Name, u.Folder
	return i, nil
}

// root is the ID of the first version of a file, given that of one of them.
func (r record) root(id ID) string { return cmp.Or(r.File, id.String()) }

// replacedAt is the record of a stored file that another takes the place of.
func (r record) replacedAt(id ID) record {
	r.File = r.root(id)
	was := r.stowed()
	return record{State: string(replaced), File: r.File, Was: &was}
}

// follows is the record of the version after r, which takes over r's name and folder.
func (r record) follows(before record, id ID, at time.Time) record {
	r.Name, r.Folder, r.File, r.Version = before.Name, before.Folder, before.root(id), before.Version+1
	r.Revision, r.Replaces, r.Due = before.Revision+1, "", r.remind(at)
	return r.findable()
}

// takePlace makes next, which is stored, the file in place of the stored upload with the ID before.
// ok is false if that is not the file any more: then nothing is written.
func (r *Repository) takePlace(tx *firestore.Transaction, before ID, next record, at time.Time) (_ record, write func() error, err error) {
	ref, err := r.doc(before)
	if err != nil {
		return next, nil, err
	}
	rec, err := read(tx.Get(ref))
	if errors.Is(err, ErrNotFound) || err == nil && State(rec.State) != Stored {
		next.Replaces = ""
		return next, func() error { return nil }, nil // it is a file of its own
	}
	if err != nil {
		return next, nil, err
	}
	return next.follows(rec, before, at), func() error { return tx.Set(ref, rec.replacedAt(before)) }, nil
}

// Versions returns the versions of a file, the newest first. Any role may ask. ErrNotFound,
// ErrBinned or ErrReplaced if id is no file's.
func (r *Repository) Versions(ctx context.Context, id ID) ([]Version, error) {
	ref, err := r.doc(id)
	if err != nil {
		return nil, err
	}
	rec, err := read(ref.Get(ctx))
	if err != nil {
		return nil, err
	}
	u, err := rec.upload(id, r.now())
	if err != nil {
		return nil, err
	}
	if rec.File == "" {
		return []Version{{u, true}}, nil
	}
	return r.versions(ctx, rec.File)
}

// versions returns the versions that name their first one so, the newest first.
func (r *Repository) versions(ctx context.Context, root string) ([]Version, error) {
	docs, err := r.db.Collection(collection).Where("file", "==", root).Limit(MaxPage).Documents(ctx).GetAll()
	if err != nil {
		return nil, fmt.Errorf("uploads: versions: %w", err)
	}
	var all []Version
	for _, d := range docs {
		id, rec, err := identified(d)
		var u Upload
		if err == nil && State(rec.State) != deleting {
			u, err = rec.whole().upload(id, r.now())
		}
		switch {
		case document.Skipped(ctx, err):
		case err != nil:
			return nil, err
		case State(rec.State) == Stored, State(rec.State) == replaced:
			all = append(all, Version{u, State(rec.State) == Stored})
		}
	}
	slices.SortFunc(all, func(a, b Version) int { return cmp.Compare(b.Version, a.Version) })
	return all, nil
}

// Version returns an earlier version, and the file that it is one of. Any role may ask. ErrNotFound
// if there is no such version, or its file is not stored: also the versions of a file in the bin
// are in the bin.
func (r *Repository) Version(ctx context.Context, id ID) (of, file Upload, err error) {
	ref, err := r.doc(id)
	if err != nil {
		return of, file, err
	}
	rec, err := read(ref.Get(ctx))
	if err != nil {
		return of, file, err
	}
	if State(rec.State) != replaced {
		return of, file, ErrNotFound
	}
	all, err := r.versions(ctx, rec.File)
	if err != nil {
		return of, file, err
	}
	at := slices.IndexFunc(all, func(v Version) bool { return v.Current })
	own := slices.IndexFunc(all, func(v Version) bool { return v.ID == id && !v.Current })
	if at < 0 || own < 0 {
		return of, file, ErrNotFound
	}
	return all[own].Upload, all[at].Upload, nil
}

// DownloadVersion is Download for an earlier version.
func (r *Repository) DownloadVersion(ctx context.Context, id ID, knowing bool) (vending.SignedRequest, error) {
	u, _, err := r.Version(ctx, id)
	if err != nil {
		return vending.SignedRequest{}, err
	}
	return r.give(ctx, u, knowing)
}

// MakeCurrent makes an earlier version the file again, as the newest version: the one that was the
// file is kept. The caller must be an editor, else ErrForbidden. ErrNotFound if there is no such
// version, tenant.ErrStale if the file has changed meanwhile.
func (r *Repository) MakeCurrent(ctx context.Context, id ID) (Upload, error) {
	if err := r.mayWrite(); err != nil {
		return Upload{}, err
	}
	_, file, err := r.Version(ctx, id)
	if err != nil {
		return Upload{}, err
	}
	at := document.Time(r.now())
	if err := r.settleAt(ctx, at.Add(remindTime)); err != nil {
		return Upload{}, err
	}
	ref, err := r.doc(id)
	if err != nil {
		return Upload{}, err
	}
	var u Upload
	err = r.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		rec, err := read(tx.Get(ref))
		if err != nil {
			return err
		}
		if State(rec.State) != replaced || rec.Was == nil {
			return tenant.ErrStale
		}
		next, write, err := r.takePlace(tx, file.ID, *rec.Was, at)
		if err != nil {
			return err
		}
		if next.Version <= rec.Was.Version { // the file is another by now, or in the bin
			return tenant.ErrStale
		}
		if u, err = next.upload(id, at); err != nil {
			return err
		}
		return errors.Join(write(), tx.Set(ref, next))
	})
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, tenant.ErrStale):
		return Upload{}, err
	case err != nil:
		return Upload{}, fmt.Errorf("uploads: make current: %w", err)
	}
	return u, nil
}

// DeleteVersion deletes an earlier version for good. The caller must be an editor, else
// ErrForbidden. ErrNotFound if there is no such version.
func (r *Repository) DeleteVersion(ctx context.Context, id ID) error {
	if err := r.mayWrite(); err != nil {
		return err
	}
	if err := r.settleAt(ctx, r.now()); err != nil {
		return err
	}
	return r.deleteVersion(ctx, id)
}

func (r *Repository) deleteVersion(ctx context.Context, id ID) error {
	err := r.delete(ctx, id, func(rec record) bool { return State(rec.State) == replaced })
	if errors.Is(err, ErrNotBinned) {
		return ErrNotFound
	}
	return err
}

// deleteVersions deletes for good the earlier versions of a file, given the ID of the first one,
// but for so many of the newest.
func (r *Repository) deleteVersions(ctx context.Context, root string, keep int) error {
	if root == "" {
		return nil
	}
	all, err := r.versions(ctx, root)
	if err != nil {
		return err
	}
	for _, v := range all {
		if v.Current {
			continue
		}
		if keep--; keep >= 0 {
			continue
		}
		if err := r.deleteVersion(ctx, v.ID); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}
