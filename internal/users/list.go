package users

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// MaxPage is the greatest number of people in one page of the list.
const MaxPage = 200

// Cursor is a place in the list, after which the next page begins. The zero Cursor is the beginning. It is safe to
// give out and to take back: it names a place in an order, not a record, and reaches nothing that the grant does not.
type Cursor struct {
	order string
	id    tenant.UserID
}

// ParseCursor parses what String returned; "" is the beginning. It returns ErrInvalid for anything else.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Cursor{}, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || !utf8.Valid(raw) {
		return Cursor{}, fmt.Errorf("%w: cursor", ErrInvalid)
	}
	id, order, ok := strings.Cut(string(raw), "\n")
	uid, err := tenant.ParseUserID(id)
	if !ok || err != nil || utf8.RuneCountInString(order) > 2*MaxName {
		return Cursor{}, fmt.Errorf("%w: cursor", ErrInvalid)
	}
	return Cursor{order: order, id: uid}, nil
}

// String returns the form that ParseCursor parses.
func (c Cursor) String() string {
	if c == (Cursor{}) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(c.id.String() + "\n" + c.order))
}

// Page is a part of the list. Next is the zero Cursor after the last person.
type Page struct {
	Users []User
	Next  Cursor
}

// List returns at most limit people in the order of their names, beginning after c. A limit below 1 or above MaxPage
// means MaxPage. Any role may ask.
func (r *Repository) List(ctx context.Context, c Cursor, limit int) (Page, error) {
	if limit < 1 || limit > MaxPage {
		limit = MaxPage
	}
	q := r.db.Collection(collection).
		OrderBy("order", firestore.Asc).
		OrderBy(firestore.DocumentID, firestore.Asc).
		Limit(limit + 1)
	if c != (Cursor{}) {
		q = q.StartAfter(c.order, c.id.String())
	}
	docs, err := q.Documents(ctx).GetAll()
	if err != nil {
		return Page{}, fmt.Errorf("users: list: %w", err)
	}
	var page Page
	for _, d := range docs {
		u, err := decode(d)
		if err != nil {
			return Page{}, err
		}
		if len(page.Users) == limit {
			last := page.Users[limit-1]
			page.Next = Cursor{order: strings.ToLower(last.Name), id: last.ID}
			break
		}
		page.Users = append(page.Users, u)
	}
	return page, nil
}
