package main

import (
	"io"
	"testing"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
)

// Queries need their indexes unless somebody says otherwise.
func TestIndexesFlag(t *testing.T) {
	for flag, want := range map[string]firestore.Indexes{
		"": firestore.IndexesEnforced, "-indexes=on": firestore.IndexesEnforced, "-indexes=off": firestore.IndexesOff,
	} {
		var args []string
		if flag != "" {
			args = []string{flag}
		}
		if o, err := parse(args, io.Discard); err != nil || o.indexes != want {
			t.Errorf("%q: %v, %v", flag, o.indexes, err)
		}
	}
	if _, err := parse([]string{"-indexes=no"}, io.Discard); err == nil {
		t.Error("-indexes=no is taken")
	}
}
