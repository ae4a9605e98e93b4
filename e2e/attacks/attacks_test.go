package attacks_test

import (
	"encoding/json"
	"testing"
)

// TestAttacks runs every attack in one town, for founding it is the dear part. Their order does not
// matter: each leaves the victim as it was, or fails.
func TestAttacks(t *testing.T) {
	t.Parallel()
	w := found(t)
	for name, story := range map[string]func(*testing.T, *town){
		"another tenant's name":      selectors,
		"what selects nothing":       noSelectors,
		"spellings of the selector":  spellings,
		"a selector stripped":        stripped,
		"another tenant's objects":   foreignObjects,
		"twins in two tenants":       twins,
		"tokens at the wrong door":   tokenKinds,
		"names with a path in them":  injections,
		"a flood":                    flood,
		"long lists":                 longLists,
		"interleaved requests":       interleaved,
		"forged tokens":              forged,
		"what many do at once":       races,
		"odd claims":                 odd,
		"addresses that lead inside": addresses,
		"issuers crossed":            crossover,
		"key sets that are none":     badKeySets,
		"keys that anybody has":      badKeys,
		"unknown keys":               unknownKeys,
		"an issuer that is away":     outage,
		"keys that overreach":        keysOverreach,
		"cookies crossed":            cookiesCrossed,
		"what other sites send":      otherSites,
	} {
		w.attack(t, name, story)
	}
	w.attack(t, "what is left behind", nothingKept)
}

// read decodes JSON.
func read[T any](t *testing.T, s string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%v: %s", err, s)
	}
	return v
}
