package recent

import (
	"encoding/json"
	"errors"
	"sort"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

var (
	titles  []string
	last    notes.Note
	counts  [4]int
	pointer *notes.Note
	total   int
	first   = &notes.Note{}
)

func Add(n notes.Note) []string {
	titles = append(titles, n.Title) // want "state: titles is changed"
	last = n                         // want "state: last is changed"
	last.Title = n.Title             // want "state: last.Title is changed"
	counts[0]++                      // want "state: counts\\[0\\] is changed"
	total += 1                       // want "state: total is changed"
	pointer = &n                     // want "state: pointer is changed"
	first.Title = n.Title            // want "state: first.Title is changed"
	*first = n                       // want "state: \\*first is changed"
	sort.Strings(titles)             // want "state: titles is changed by sort.Strings"
	for total = range 3 {            // want "state: total is changed"
	}
	for i := range counts {
		counts[i] = 0 // want "state: counts\\[i\\] is changed"
	}
	return titles
}

// failed is the last error that a tenant met.
var failed *json.SyntaxError

func Failed(err error) bool {
	return errors.As(err, &failed) // want "state: failed has its address given away"
}

// Titles leaves it to others to change them.
func Titles() []string { return titles }

func Reset() []string {
	Titles()[0] = ""             // want "state: Titles\\(\\)\\[0\\] is changed"
	_ = append(titles[:1:1], "") // which says where its room ends
	return append(titles, "")    // want "state: titles is appended to"
}
