package users

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// MaxPage is the greatest number of people in one page of the list.
const MaxPage = document.MaxPage

// Cursor is a place in the list. Page is a part of it.
type (
	Cursor = document.Cursor[place]
	Page   = document.Page[User, place]
)

// place is where a person stands in the list.
type place struct {
	order string
	id    tenant.UserID
}

// Text implements document.Place.
func (p place) Text() string { return p.id.String() + "\n" + p.order }

// Values implements document.Place.
func (p place) Values() []any { return []any{p.order, p.id.String()} }

func parsePlace(s string) (place, error) {
	id, order, _ := strings.Cut(s, "\n")
	uid, err := tenant.ParseUserID(id)
	if err != nil || utf8.RuneCountInString(order) > 2*MaxName {
		return place{}, ErrInvalid
	}
	return place{order: order, id: uid}, nil
}

// ParseCursor parses what Cursor.String returned; "" is the beginning. It returns ErrInvalid for
// anything else.
func ParseCursor(s string) (Cursor, error) {
	c, err := document.ParseCursor(s, parsePlace)
	if err != nil {
		return Cursor{}, fmt.Errorf("%w: cursor", ErrInvalid)
	}
	return c, nil
}

// List returns at most limit people in the order of their names, beginning after c. A limit below 1
// or above MaxPage means MaxPage. Any role may ask.
func (r *Repository) List(ctx context.Context, c Cursor, limit int) (Page, error) {
	q := r.db.Collection(collection).
		OrderBy("order", firestore.Asc).
		OrderBy(firestore.DocumentID, firestore.Asc)
	page, err := document.List(ctx, q, c, limit, entry)
	if err != nil {
		return Page{}, fmt.Errorf("users: list: %w", err)
	}
	return page, nil
}

// CompareKind is the kind of the job that compares a tenant's people with its accounts at Identity
// Platform. It has no payload.
const CompareKind = "users-compare"

// IDs returns the identifier of each record, those that cannot be read included. Any role may ask.
func (r *Repository) IDs(ctx context.Context) (map[string]bool, error) {
	docs, err := r.db.Collection(collection).Select().Documents(ctx).GetAll()
	if err != nil {
		return nil, fmt.Errorf("users: ids: %w", err)
	}
	ids := make(map[string]bool, len(docs))
	for _, d := range docs {
		ids[d.Ref.ID] = true
	}
	return ids, nil
}

// Admins returns the active admins, at most limit of them. Any role may ask, and a job that reads
// people.
func (r *Repository) Admins(ctx context.Context, limit int) ([]User, error) {
	docs, err := r.db.Collection(collection).
		Where("role", "==", tenant.Admin.String()).
		Where("status", "==", string(Active)).
		Limit(limit).
		Documents(ctx).GetAll()
	if err != nil {
		return nil, fmt.Errorf("users: admins: %w", err)
	}
	var admins []User
	for _, d := range docs {
		u, err := decode(d)
		if document.Skipped(ctx, err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		admins = append(admins, u)
	}
	return admins, nil
}

func entry(d *firestore.DocumentSnapshot) (document.Entry[User, place], error) {
	u, err := decode(d)
	return document.Entry[User, place]{Item: u, Place: place{order: strings.ToLower(u.Name), id: u.ID}}, err
}
