package guard

import "strings"

// Verbs is a set of what may be done with documents or objects.
type Verbs uint8

const (
	// Read permits to get, list, query, count and watch.
	Read Verbs = 1 << iota

	// Append permits to create a document that does not exist yet: never to change, replace or
	// delete one. A create is an update with the precondition that the document does not exist. It
	// may transform nothing but a field into the time of the request. Objects have no such verb.
	Append

	change

	// Write permits to create, change, replace and delete. It includes Append, and does not include
	// Read.
	Write = change | Append
)

// Has reports whether all verbs of other are in v.
func (v Verbs) Has(other Verbs) bool { return v&other == other }

// String lists the verbs: "read+write", or "nothing".
func (v Verbs) String() string {
	var words []string
	if v.Has(Read) {
		words = append(words, "read")
	}
	switch {
	case v.Has(Write):
		words = append(words, "write")
	case v.Has(Append):
		words = append(words, "append")
	}
	if words == nil {
		return "nothing"
	}
	return strings.Join(words, "+")
}
