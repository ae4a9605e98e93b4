package storage

import (
	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// conditions are what a request asks of the present state; nil asks nothing. An upload's session
// keeps them as JSON.
type conditions struct {
	GenerationMatch        *int64 `json:",omitempty"`
	GenerationNotMatch     *int64 `json:",omitempty"`
	MetagenerationMatch    *int64 `json:",omitempty"`
	MetagenerationNotMatch *int64 `json:",omitempty"`
}

// conditions reads the query parameters of the JSON API (prefix "if"; "ifSource" for the source of
// a copy) or the headers of the XML API.
func (c *call) conditions(prefix string) (cond conditions, err error) {
	for name, field := range map[string]**int64{
		"GenerationMatch":        &cond.GenerationMatch,
		"GenerationNotMatch":     &cond.GenerationNotMatch,
		"MetagenerationMatch":    &cond.MetagenerationMatch,
		"MetagenerationNotMatch": &cond.MetagenerationNotMatch,
	} {
		n, ok, err := c.intParam(prefix + name)
		if err != nil {
			return conditions{}, err
		}
		if ok {
			*field = &n
		}
	}
	if !c.xml() {
		return cond, nil
	}
	for name, field := range map[string]**int64{
		"X-Goog-If-Generation-Match":     &cond.GenerationMatch,
		"X-Goog-If-Metageneration-Match": &cond.MetagenerationMatch,
	} {
		values := c.r.Header.Values(name)
		if len(values) == 0 {
			continue
		}
		n, err := parseCount(values[0])
		if err != nil || len(values) > 1 {
			return conditions{}, invalid("Header %s is not one number.", name)
		}
		*field = &n
	}
	return cond, nil
}

// forWrite returns errPrecondition unless live, nil when there is none, is as asked. What is not
// there has generation 0.
func (cond conditions) forWrite(live *store.Object) error {
	if live == nil {
		live = new(store.Object)
	}
	if err := cond.forRead(*live); err != nil {
		return errPrecondition
	}
	return nil
}

// forRead answers a reader who has this very state already with errNotModified.
func (cond conditions) forRead(o store.Object) error {
	if mismatch(cond.GenerationMatch, o.Generation) || mismatch(cond.MetagenerationMatch, o.Metageneration) {
		return errPrecondition
	}
	if isMatch(cond.GenerationNotMatch, o.Generation) || isMatch(cond.MetagenerationNotMatch, o.Metageneration) {
		return errNotModified
	}
	return nil
}

func mismatch(want *int64, have int64) bool { return want != nil && *want != have }
func isMatch(want *int64, have int64) bool  { return want != nil && *want == have }

// ofBucket views a bucket's metageneration as an object's, for the same rules.
func ofBucket(b store.Bucket) store.Object { return store.Object{Metageneration: b.Metageneration} }
