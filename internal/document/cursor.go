package document

import (
	"encoding/base64"
	"unicode/utf8"
)

// Place is a position in the order of a list: what the list is ordered by, and the identifier that
// decides between equals.
type Place interface {
	comparable
	// Text returns the place as a cursor carries it. Two places have two texts.
	Text() string
	// Values returns the place as a query begins after it, in the order of the query's fields.
	Values() []any
}

// Cursor is a place in a list, after which the next page begins. The zero Cursor is the beginning.
// It names a place in an order and no document, so it may be given out and taken back: it reaches
// nothing that the grant does not.
type Cursor[P Place] struct{ place P }

// After returns the cursor of the page that begins after p.
func After[P Place](p P) Cursor[P] { return Cursor[P]{p} }

// IsZero reports whether c is the beginning of the list.
func (c Cursor[P]) IsZero() bool { return c == Cursor[P]{} }

// Place returns the place that c names: the zero P for the beginning.
func (c Cursor[P]) Place() P { return c.place }

// maxCursor bounds a cursor's text, in bytes, before anything of it is decoded.
const maxCursor = 2048

// ParseCursor parses what String returned; "" is the beginning. parse reads what the place's Text
// returned. ParseCursor returns ErrInvalid for anything else, also for a second way to write a
// place.
func ParseCursor[P Place](s string, parse func(text string) (P, error)) (Cursor[P], error) {
	if s == "" {
		return Cursor[P]{}, nil
	}
	if len(s) > maxCursor {
		return Cursor[P]{}, ErrInvalid
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || !utf8.Valid(text) {
		return Cursor[P]{}, ErrInvalid
	}
	place, err := parse(string(text))
	if err != nil {
		return Cursor[P]{}, ErrInvalid
	}
	if c := After(place); c.String() == s {
		return c, nil
	}
	return Cursor[P]{}, ErrInvalid
}

// String returns the form that ParseCursor parses; "" for the beginning.
func (c Cursor[P]) String() string {
	if c.IsZero() {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(c.place.Text()))
}
