package webtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Told is what a client is told about an error.
type Told struct {
	Err    error
	Status int
	Code   string
}

// WantRefusals checks what clients are told about the feature's errors, bare and wrapped, and that
// want leaves none of the feature's rows out.
func WantRefusals(t *testing.T, f door.Feature, want []Told) {
	t.Helper()
	table := new(door.Door).Table("", f)
	for _, w := range want {
		for _, err := range []error{w.Err, fmt.Errorf("reading: %w", w.Err)} {
			r := table.Refuse(err)
			if r.Status != w.Status || r.Code != w.Code || !strings.HasSuffix(r.Sentence, ".") {
				t.Errorf("%v: %d %s %q, want %d %s and a sentence", err, r.Status, r.Code, r.Sentence, w.Status, w.Code)
			}
		}
	}
	if n := len(f.Refusals()); n > len(want) {
		t.Errorf("the feature has %d rows, of which %d are checked: add the others to this test", n, len(want))
	}
}
