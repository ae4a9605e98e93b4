package guard

import (
	"maps"
	"slices"
)

// FirestoreMethods are the methods that the guard has a rule for.
func FirestoreMethods() []string { return slices.Sorted(maps.Keys(firestoreRules)) }

// Parent reports whether the scope lets all collections below name be listed.
func (g *Guard) Parent(name string) bool { return g.checkCollection(Read, name, "", true) == nil }

// ObjectName reports whether an object may be called so.
var ObjectName = objectName
