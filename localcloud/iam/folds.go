package iam

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// maxFolds is how many folded decisions are remembered: so many denials, and apart from them so
// many that were allowed.
const maxFolds = 1000

// Folded is one decision and its repeats: of the same caller, permission, place and reason. A place
// is a database, a bucket, or whatever else has a name of its own; not a document or an object in
// it.
type Folded struct {
	Decision           // the latest of them
	ID       uint64    // names the fold as long as it is remembered; its repeats do not change it
	First    time.Time // of the earliest; the latest is at Time
	Count    int       // at least 1
}

// foldKey is what repeats have in common.
type foldKey struct{ caller, permission, place, reason string }

func foldOf(d Decision) foldKey {
	return foldKey{d.Caller, d.Permission, PlaceOf(d.Resource), d.Reason}
}

// PlaceOf is the database or the bucket that a resource lies in, by its name. Any other resource is
// a place of its own.
func PlaceOf(resource string) string {
	for _, within := range []string{"/documents/", "/objects/"} {
		if place, _, ok := strings.Cut(resource, within); ok {
			return place
		}
	}
	return strings.TrimSuffix(resource, "/documents")
}

// folds are the latest folded decisions. They are not safe for concurrent use.
type folds struct {
	lru  *simplelru.LRU[foldKey, *Folded] // by the time of the latest repeat
	next uint64
}

func newFolds() *folds {
	l, err := simplelru.NewLRU[foldKey, *Folded](maxFolds+1, nil) // it never evicts by itself: see makeRoom
	if err != nil {
		panic(err) // the size is not positive
	}
	return &folds{lru: l, next: 1}
}

// add counts a decision, and returns it with its repeats.
func (f *folds) add(d Decision) *Folded {
	key := foldOf(d)
	if old, ok := f.lru.Get(key); ok {
		old.Decision, old.Count = d, old.Count+1
		return old
	}
	added := &Folded{Decision: d, ID: f.next, First: d.Time, Count: 1}
	f.put(key, added)
	return added
}

// put remembers a fold that was not remembered.
func (f *folds) put(key foldKey, added *Folded) {
	f.next = max(f.next, added.ID) + 1
	f.lru.Add(key, added)
	if f.lru.Len() > maxFolds {
		f.makeRoom()
	}
}

// makeRoom forgets the oldest fold of the caller that has the most: one who goes through many
// places pushes out nobody else's.
func (f *folds) makeRoom() {
	counts := map[string]int{}
	keys := f.lru.Keys() // the oldest first
	most := 0
	for _, k := range keys {
		counts[k.caller]++
		most = max(most, counts[k.caller])
	}
	for _, k := range keys {
		if counts[k.caller] == most {
			f.lru.Remove(k)
			return
		}
	}
}

// newest returns copies of all, the newest first.
func (f *folds) newest() []Folded {
	values := f.lru.Values()
	all := make([]Folded, 0, len(values))
	for i := len(values) - 1; i >= 0; i-- {
		all = append(all, *values[i])
	}
	return all
}

// clipped is a decision whose texts are bounded: what a caller claims or asks for may be of any
// length.
func clipped(d Decision) Decision {
	for _, text := range []*string{&d.Method, &d.Caller, &d.KeyID, &d.Permission} {
		*text = clip(*text, 512)
	}
	d.Resource, d.Reason = clip(d.Resource, 2048), clip(d.Reason, 8192)
	return d
}

// clip shortens a text to so many bytes at most, between two characters.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := most - len("…")
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
