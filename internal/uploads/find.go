package uploads

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/document"
)

// Order is the order of a list. The zero Order begins with the newest.
type Order string

// The orders.
const (
	Newest  Order = ""
	ByName  Order = "name"
	Largest Order = "size"
)

// Query says which files a list has, and in which order. The zero Query lists everything, newest
// first.
type Query struct {
	Order  Order
	Folder string // path of the folder whose files are listed; "" is all folders
	Search string // beginnings of words of the name, each of which a file must have; "" is any name
}

// list is what a cursor says that it is of: "" for the zero Query.
func (q Query) list() string {
	if q == (Query{}) {
		return ""
	}
	sum := sha256.Sum256([]byte(string(q.Order) + "\x00" + q.Folder + "\x00" + strings.Join(wordsIn(q.Search), " ")))
	return hex.EncodeToString(sum[:8])
}

// Find is List for the files of q, in its order. Each page reads as many records as it has at most,
// and one more. A page of a search may be shorter than limit although another follows: the database
// finds one of the words, and files that have not the others are left out. So are, of a search
// within a folder, those of other folders.
//
// ErrInvalid for a cursor of another list. It comes as a *FieldError for an order that there is
// not, a folder that none can be, and a search without a letter or digit.
func (r *Repository) Find(ctx context.Context, q Query, c Cursor, limit int) (Page, error) {
	if err := checkFolder(q.Folder); err != nil {
		return Page{}, err
	}
	if !c.IsZero() && (c.Place().list != q.list() || c.Place().order != q.Order) {
		return Page{}, fmt.Errorf("%w: cursor of another list", ErrInvalid)
	}
	terms := wordsIn(q.Search)
	ordered, err := q.of(r.db.Collection(collection).Query)
	if err != nil {
		return Page{}, err
	}
	read := func(d *firestore.DocumentSnapshot) (document.Entry[Upload, place], error) {
		e, rec, err := entry(d, r.now())
		if err != nil {
			return e, err
		}
		e.Place = q.place(rec, e.Place.id)
		e.Hidden = e.Hidden || !rec.has(terms) || q.Folder != "" && rec.Folder != q.Folder
		return e, nil
	}
	page, err := document.List(ctx, ordered, c, limit, read)
	if err != nil {
		return Page{}, fmt.Errorf("uploads: list: %w", err)
	}
	return page, nil
}

// of is the query of the database: of a search, for the longest of its words.
func (q Query) of(all firestore.Query) (firestore.Query, error) {
	terms := wordsIn(q.Search)
	switch {
	case len(terms) > 0:
		longest := slices.MaxFunc(terms, func(a, b string) int { return len(a) - len(b) })
		all = all.Where("beginnings", "array-contains", beginning(longest))
	case q.Search != "":
		return all, &FieldError{"search", "Search for letters or digits."}
	case q.Folder != "":
		all = all.Where("folder", "==", q.Folder)
	}
	return q.Order.of(all)
}

// of orders a query.
func (o Order) of(q firestore.Query) (firestore.Query, error) {
	switch o {
	case Newest:
		return q.OrderBy("created", firestore.Desc).OrderBy(firestore.DocumentID, firestore.Desc), nil
	case ByName:
		return q.OrderBy("nameKey", firestore.Asc).OrderBy(firestore.DocumentID, firestore.Asc), nil
	case Largest:
		return q.OrderBy("size", firestore.Desc).OrderBy(firestore.DocumentID, firestore.Desc), nil
	}
	return q, &FieldError{"sort", "Files are sorted by name or size, or the newest come first."}
}

// MaxFolders is how many folders Folders returns at most.
const MaxFolders = 100

// Folders returns the paths of at most limit folders in a folder, or at the top for "": those that
// have files, or folders with files. They are in the order of the first path that is theirs or
// below them. after is the next of an earlier part, and "" for the beginning. next is "" at the
// end. A limit below 1 or above MaxFolders means MaxFolders. It reads about two records for each
// folder. Any role may ask. ErrInvalid, as a *FieldError, for what no folder can be, and for an
// after of another folder.
func (r *Repository) Folders(ctx context.Context, in, after string, limit int) (folders []string, next string, err error) {
	base := ""
	if in != "" {
		base = in + "/"
	}
	if err := errors.Join(checkFolder(in), checkFolder(after)); err != nil {
		return nil, "", err
	}
	if after != "" && (!strings.HasPrefix(after, base) || after == base) {
		return nil, "", &FieldError{"cursor", "The cursor is of another folder."}
	}
	if limit < 1 || limit > MaxFolders {
		limit = MaxFolders
	}
	for found, at := map[string]bool{}, after; ; {
		path, err := r.folderAfter(ctx, in, at)
		if err != nil || path == "" {
			return folders, "", err
		}
		child := childOf(base, path)
		before := found[child]
		if !before && child <= after { // an earlier part has it if there are files in it
			if before, err = r.isFolder(ctx, child); err != nil {
				return nil, "", err
			}
		}
		if !before && len(folders) == limit {
			return folders, at, nil
		}
		if !before {
			folders = append(folders, child)
		}
		found[child], at = true, path
	}
}

// childOf is the folder directly below base, which ends with a slash or is empty, that path is or
// is below.
func childOf(base, path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, base), "/")
	return base + name
}

// folderAfter returns the first path of a folder below in, "" for all, that comes after the path
// at and is not in the same folder below in as that. It returns "" if there is none.
func (r *Repository) folderAfter(ctx context.Context, in, at string) (string, error) {
	q, base := r.db.Collection(collection).Query, ""
	// "0" follows "/": what is in a folder is at least its path with a slash, and less than that.
	if in != "" {
		base = in + "/"
		q = q.Where("folder", "<", in+"0")
	}
	switch child := childOf(base, at); {
	case at == "" && in != "":
		q = q.Where("folder", ">=", base)
	case at == child:
		q = q.Where("folder", ">", at)
	default: // at is within child, and so is all until its end
		q = q.Where("folder", ">=", child+"0")
	}
	docs, err := q.OrderBy("folder", firestore.Asc).Select("folder").Limit(1).Documents(ctx).GetAll()
	if err != nil || len(docs) == 0 {
		return "", folderError(err)
	}
	value, err := docs[0].DataAt("folder")
	path, ok := value.(string)
	if err != nil || !ok {
		return "", unreadable(docs[0].Ref.ID, "folder")
	}
	return path, nil
}

// isFolder reports whether there are files in a folder itself.
func (r *Repository) isFolder(ctx context.Context, path string) (bool, error) {
	docs, err := r.db.Collection(collection).Where("folder", "==", path).Select().Limit(1).Documents(ctx).GetAll()
	return len(docs) > 0, folderError(err)
}

func folderError(err error) error {
	if err != nil {
		return fmt.Errorf("uploads: folders: %w", err)
	}
	return nil
}
