package uploads

import (
	"strconv"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/document"
)

// place is where an upload stands in a list.
type place struct {
	list    string // of which list
	order   Order
	created time.Time // in the order Newest
	name    string    // in the order ByName
	size    int64     // in the order Largest
	id      ID
}

// place is where a record stands in the list of q.
func (q Query) place(rec record, id ID) place {
	p := place{list: q.list(), order: q.Order, id: id}
	switch q.Order {
	case ByName:
		p.name = rec.NameKey
	case Largest:
		p.size = rec.Size
	default:
		p.created = rec.Created
	}
	return p
}

// Text implements document.Place.
func (p place) Text() string {
	value := p.name
	switch p.order {
	case Newest:
		value = strconv.FormatInt(p.created.UnixMicro(), 10)
	case Largest:
		value = strconv.FormatInt(p.size, 10)
	}
	text := value + "." + p.id.String()
	if p.list == "" {
		return text
	}
	return p.list + "." + string(p.order) + "." + text
}

// Values implements document.Place.
func (p place) Values() []any {
	switch p.order {
	case ByName:
		return []any{p.name, p.id.String()}
	case Largest:
		return []any{p.size, p.id.String()}
	}
	return []any{p.created, p.id.String()}
}

// parsePlace parses what Text returned.
func parsePlace(s string) (p place, err error) {
	if parts := strings.SplitN(s, ".", 3); len(parts) == 3 {
		p.list, p.order, s = parts[0], Order(parts[1]), parts[2]
	}
	at := strings.LastIndexByte(s, '.')
	if at < 0 {
		return place{}, document.ErrInvalid
	}
	if p.id, err = ParseID(s[at+1:]); err != nil {
		return place{}, err
	}
	if p.order == ByName {
		p.name = s[:at]
		return p, nil
	}
	n, err := strconv.ParseInt(s[:at], 10, 64)
	if err != nil {
		return place{}, document.ErrInvalid
	}
	switch p.order {
	case Newest:
		p.created, err = document.TimeOfMicros(n)
	case Largest:
		p.size = n
	default:
		err = document.ErrInvalid
	}
	return p, err
}
