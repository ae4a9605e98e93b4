package vending

import (
	"maps"
	"slices"
	"strings"

	"github.com/bulkhead-saas/bulkhead/guard"
)

// Purposes is the table of what is vended for a job, by its purpose. A purpose without a row is
// vended nothing.
type Purposes map[string]Purpose

// Purpose is what jobs of one purpose may touch in their tenant's place.
type Purpose struct {
	Collections map[string]guard.Verbs // by collection; one that is not named is out of reach
	Objects     guard.Verbs            // 0: no object is in reach
}

func (p Purpose) readOnly() bool {
	for _, v := range p.Collections {
		if v&^guard.Read != 0 {
			return false
		}
	}
	return p.Objects&^guard.Read == 0
}

// String is the scope as the ledger has it: "job: reports read+append, uploads read, objects read".
func (p Purpose) String() string { return "job: " + p.reach() }

// reach names what may be touched: "uploads read, objects read".
func (p Purpose) reach() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(p.Collections)) {
		parts = append(parts, name+" "+p.Collections[name].String())
	}
	if p.Objects != 0 {
		parts = append(parts, "objects "+p.Objects.String())
	}
	return strings.Join(parts, ", ")
}
