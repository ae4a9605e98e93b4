package api

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Part is the input of an operation that lists: which part of the list is asked for.
type Part struct {
	Cursor string `query:"cursor" format:"cursor" doc:"The next of an earlier answer. Absent: from the beginning."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many are wanted at most."`
}

// ErrCursor reports a cursor that was not given out for the list that is asked for.
var ErrCursor = errors.New("web: cursor of no such list")

// From returns the place from which p asks for a list, as parse reads it. list names the list, with
// what narrows it down. A cursor of another tenant, of another list, or of none, is ErrCursor. A
// cursor names a place and opens nothing, so the mark keeps mistakes apart, and no attackers.
func From[C any](g vending.Grant, list string, p Part, parse func(string) (C, error)) (C, error) {
	var zero C
	place := ""
	if p.Cursor != "" {
		at := strings.LastIndexByte(p.Cursor, '.')
		if at < 0 {
			return zero, ErrCursor
		}
		text, err := base64.RawURLEncoding.Strict().DecodeString(p.Cursor[:at])
		if err != nil || len(text) == 0 || Next(g, list, string(text)) != p.Cursor {
			return zero, ErrCursor
		}
		place = string(text)
	}
	c, err := parse(place)
	if err != nil {
		return zero, fmt.Errorf("%w: %w", ErrCursor, err)
	}
	return c, nil
}

// Next returns the cursor of a place in a list, for the tenant of g; "" at the end.
func Next(g vending.Grant, list, place string) string {
	if place == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(g.Tenant().String() + "\x00" + list + "\x00" + place))
	return base64.RawURLEncoding.EncodeToString([]byte(place)) + "." + base64.RawURLEncoding.EncodeToString(sum[:6])
}

// Newest returns the part of a whole list that p asks for, the newest first, and the cursor of what
// follows. made is when an item was made, and its identifier. ErrCursor.
func Newest[T any](g vending.Grant, list string, p Part, all []T, made func(T) (at time.Time, id string)) (part []T, next string, err error) {
	after, err := From(g, list, p, func(place string) (string, error) { return place, nil })
	if err != nil {
		return nil, "", err
	}
	place := func(item T) string {
		at, id := made(item)
		return fmt.Sprintf("%020d.%s", at.UnixMicro(), id)
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(place(b), place(a)) })
	if after != "" {
		all = slices.DeleteFunc(all, func(item T) bool { return place(item) >= after })
	}
	if len(all) <= p.Limit {
		return all, "", nil
	}
	return all[:p.Limit], Next(g, list, place(all[p.Limit-1])), nil
}
