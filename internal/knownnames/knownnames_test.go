package knownnames_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/knownnames"
)

type inner struct {
	Kind string `json:"kind,omitzero"`
}

type outer struct {
	inner
	UserID string         `json:"user_id"`
	Others map[string]any `json:",unknown"`
	Hidden string         `json:"-"`
}

func TestOf(t *testing.T) {
	names := slices.Sorted(slices.Values(knownnames.Of(outer{})))
	if diff := cmp.Diff([]string{"kind", "user_id"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestCheck(t *testing.T) {
	for name, alike := range map[string]bool{
		"added": false, "users": false, "user": false, "": false, "kind2": false,
		"Kind": true, "KIND": true, "\u212aind": true, "userId": true, "USER-ID": true, "u\u017fer_id": true, "user id": true,
	} {
		if err := knownnames.Check(slices.Values([]string{"a", name}), knownnames.Of(outer{})); (err != nil) != alike {
			t.Errorf("%q: %v", name, err)
		}
	}
}
