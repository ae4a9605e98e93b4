package uploads

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
)

// MaxPage is the greatest number of uploads in one page of the list.
const MaxPage = 200

// Cursor is a place in the list, after which the next page begins. The zero Cursor is the beginning. It names a place in
// an order, not a record, so it may be given out and taken back.
type Cursor struct {
	created time.Time
	id      ID
}

// ParseCursor parses what String returned; "" is the beginning. It returns ErrInvalid for anything else.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return Cursor{}, fmt.Errorf("%w: cursor", ErrInvalid)
	}
	micros, id, _ := strings.Cut(string(raw), ".")
	n, err := strconv.ParseInt(micros, 10, 64)
	if err != nil || n < 0 || n > maxMicros || strconv.FormatInt(n, 10) != micros {
		return Cursor{}, fmt.Errorf("%w: cursor", ErrInvalid)
	}
	uid, err := ParseID(id)
	if err != nil {
		return Cursor{}, fmt.Errorf("%w: cursor", ErrInvalid)
	}
	return Cursor{created: time.UnixMicro(n).UTC(), id: uid}, nil
}

// maxMicros is the last time that the database can hold: the end of the year 9999.
const maxMicros = 253402300799999999

// String returns the form that ParseCursor parses.
func (c Cursor) String() string {
	if c == (Cursor{}) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(c.created.UnixMicro(), 10) + "." + c.id.String()))
}

// Page is a part of the list. Next is the zero Cursor at the end.
type Page struct {
	Uploads []Upload
	Next    Cursor
}

// List returns at most limit uploads, newest first, beginning after c. A limit below 1 or above MaxPage means MaxPage. A
// page may be shorter than limit although another follows, for uploads being deleted are left out. Any role may ask.
func (r *Repository) List(ctx context.Context, c Cursor, limit int) (Page, error) {
	if limit < 1 || limit > MaxPage {
		limit = MaxPage
	}
	q := r.db.Collection(collection).
		OrderBy("created", firestore.Desc).
		OrderBy(firestore.DocumentID, firestore.Desc).
		Limit(limit + 1)
	if c != (Cursor{}) {
		q = q.StartAfter(c.created, c.id.String())
	}
	docs, err := q.Documents(ctx).GetAll()
	if err != nil {
		return Page{}, fmt.Errorf("uploads: list: %w", err)
	}
	var page Page
	for i, d := range docs {
		id, err := ParseID(d.Ref.ID)
		if err != nil {
			return Page{}, err
		}
		rec, err := read(d, nil)
		if err != nil {
			return Page{}, err
		}
		u, err := rec.upload(id)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return Page{}, err
		}
		if err == nil {
			page.Uploads = append(page.Uploads, u)
		}
		if i == limit-1 && len(docs) > limit {
			page.Next = Cursor{created: rec.Created, id: id}
			break
		}
	}
	return page, nil
}
