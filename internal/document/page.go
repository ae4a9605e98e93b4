package document

import (
	"context"

	"cloud.google.com/go/firestore"
)

// MaxPage is the greatest number of items in one page of a list.
const MaxPage = 200

// Page is a part of a list. Next is the zero Cursor at the end.
type Page[T any, P Place] struct {
	Items []T
	Next  Cursor[P]
}

// Entry is a document of a list as it was read.
type Entry[T any, P Place] struct {
	Item   T
	Place  P
	Hidden bool // it is left out of the page, but has its place in the order
}

// List reads the page of q that begins after c. q must be ordered by what the place's Values
// return. read reads one document. A limit below 1 or above MaxPage means MaxPage. A page may be
// shorter than the limit although another follows, for hidden entries are left out. A record that
// is Unreadable is reported and left out. List returns the error of the database or of read.
func List[T any, P Place](
	ctx context.Context, q firestore.Query, c Cursor[P], limit int,
	read func(*firestore.DocumentSnapshot) (Entry[T, P], error),
) (Page[T, P], error) {
	if limit < 1 || limit > MaxPage {
		limit = MaxPage
	}
	q = q.Limit(limit + 1) // the one too many tells whether another page follows
	from := q
	if !c.IsZero() {
		from = q.StartAfter(c.place.Values()...)
	}
	var entries []Entry[T, P]
	for len(entries) <= limit {
		docs, err := from.Documents(ctx).GetAll()
		if err != nil {
			return Page[T, P]{}, err
		}
		for _, d := range docs {
			e, err := read(d)
			if Skipped(ctx, err) {
				continue // it has no place that a cursor could name
			}
			if err != nil {
				return Page[T, P]{}, err
			}
			entries = append(entries, e)
		}
		if len(docs) <= limit {
			break
		}
		from = q.StartAfter(docs[len(docs)-1]) // as many more as were left out, at least
	}
	var page Page[T, P]
	for _, e := range entries[:min(len(entries), limit)] {
		if !e.Hidden {
			page.Items = append(page.Items, e.Item)
		}
	}
	if len(entries) > limit {
		page.Next = After(entries[limit-1].Place)
	}
	return page, nil
}
