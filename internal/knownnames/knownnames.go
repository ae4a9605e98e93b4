// Package knownnames tells the names of a JSON object that a reader does not know from those that
// it must not overlook.
//
// A member that a later version added is skipped. A member whose name differs from a known one in
// case alone, or in the signs that stand between words, is another matter: some other reader takes
// it for the known one, and then the two read different things.
package knownnames

import (
	"fmt"
	"iter"
	"reflect"
	"strings"
)

// Of returns the names that the JSON tags of a struct's fields give, those of embedded structs
// included. v is a struct.
func Of(v any) []string {
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeOf(v)) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// Check returns an error if one of the unknown names could be taken for a known one.
func Check(unknown iter.Seq[string], known []string) error {
	for name := range unknown {
		for _, k := range known {
			if strings.EqualFold(bare(name), bare(k)) {
				return fmt.Errorf("a member is called almost like %q", k)
			}
		}
	}
	return nil
}

// bare is the name without what stands between its words.
func bare(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("_-. ", r) {
			return -1
		}
		return r
	}, name)
}
