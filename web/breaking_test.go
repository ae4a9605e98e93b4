package web_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
)

const (
	// released is the description of the last release. A release replaces it: see CHANGELOG.md.
	released = "testdata/openapi-released.json"
	// accepted are the changes since then that break clients and were decided on, one a line.
	accepted = "testdata/openapi-breaking.txt"
)

// TestNothingBreaks: no client of the last release meets a change that breaks it, but those that
// were decided on.
func TestNothingBreaks(t *testing.T) {
	before, err := os.ReadFile(released)
	fail(t, err)
	text, err := os.ReadFile(accepted)
	fail(t, err)
	var known []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			known = append(known, line)
		}
	}
	found := breaking(t, before, description(newSite(t)))
	for _, change := range found {
		if !slices.Contains(known, change) {
			t.Errorf("breaks clients: %s", change)
		}
	}
	for _, line := range known {
		if !slices.Contains(found, line) {
			t.Errorf("%s lists what breaks nothing: %s", accepted, line)
		}
	}
}

// breaking returns the changes from one description to another that break clients.
func breaking(t *testing.T, before, after []byte) (all []string) {
	t.Helper()
	left, err := libopenapi.NewDocument(before)
	fail(t, err)
	right, err := libopenapi.NewDocument(after)
	fail(t, err)
	changes, err := libopenapi.CompareDocuments(left, right)
	fail(t, err)
	if changes == nil {
		return nil
	}
	for _, c := range changes.GetAllChanges() {
		if c.Breaking {
			all = append(all, fmt.Sprintf("%s %s: %q was %q", c.Path, c.Property, c.New, c.Original))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestBreakingIsNoticed: what TestNothingBreaks relies on notices changes that break clients, and
// lets others be.
func TestBreakingIsNoticed(t *testing.T) {
	now := string(description(newSite(t)))
	for what, c := range map[string]struct {
		old, new string
		breaks   bool
	}{
		"nothing":                    {"", "", false},
		"an operation goes":          {`"/api/v1/uploads/{id}/complete"`, `"/api/v1/uploads/{id}/done"`, true},
		"a member of an answer goes": {`"generation":{`, `"revision":{`, true},
		"a parameter is another":     {`"name":"cursor"`, `"name":"after"`, true},
		"a sentence is another":      {`"summary":"Announce a file"`, `"summary":"Begin a file"`, false},
	} {
		after := strings.ReplaceAll(now, c.old, c.new)
		if c.old != "" && after == now {
			t.Errorf("%s: the description does not have %s", what, c.old)
		}
		if got := breaking(t, []byte(now), []byte(after)); (len(got) > 0) != c.breaks {
			t.Errorf("%s: breaks %v", what, got)
		}
	}
}
