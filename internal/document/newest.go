package document

import (
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
)

// Newest is the Place of a document in a list that begins with the newest. Of is that of its ID.
type Newest[Of any] struct {
	created time.Time
	id      ID[Of]
}

// NewestOf returns the place of a document. created is as the database keeps it: see Time.
func NewestOf[Of any](created time.Time, id ID[Of]) Newest[Of] { return Newest[Of]{created, id} }

// Text implements Place.
func (p Newest[Of]) Text() string {
	return strconv.FormatInt(p.created.UnixMicro(), 10) + "." + p.id.String()
}

// Values implements Place.
func (p Newest[Of]) Values() []any { return []any{p.created, p.id.String()} }

// ParseNewest parses what Text returned. It returns ErrInvalid for anything that is not of the
// form.
func ParseNewest[Of any](s string) (Newest[Of], error) {
	micros, digits, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(micros, 10, 64)
	if err != nil {
		return Newest[Of]{}, ErrInvalid
	}
	created, err := TimeOfMicros(n)
	if err != nil {
		return Newest[Of]{}, err
	}
	id, err := ParseID[Of](digits)
	return Newest[Of]{created, id}, err
}

// NewestFirst orders the documents of c by their field "created", the newest first, as Newest is
// ordered.
func NewestFirst(c *firestore.CollectionRef) firestore.Query {
	return c.OrderBy("created", firestore.Desc).OrderBy(firestore.DocumentID, firestore.Desc)
}
