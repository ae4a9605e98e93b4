package api

// Doc is what the description says of an operation beside its form: a sentence or two, one example,
// and the problems that are its own. The example is sent by the suite, and must be answered as it
// says: see web/examples_test.go.
type Doc struct {
	Says  string // what it does, and what whoever calls it should know
	Given string // what was done before the example is sent; "" if nothing needs to be

	ID      string // the identifier in the path
	Query   string // "limit=1"
	Asks    any    // the body that is sent; text is JSON as it stands; nil: none
	Answers any    // the body that is answered, likewise

	// Problems are the codes of the refusals that the operation's route does not tell of: those of
	// its feature.
	Problems []string
}

// Formats of values that are new each time. What has another format, or none, is in an answer as an
// example says it.
const (
	FormatID     = "id"     // an identifier that somebody has made up
	FormatSecret = "secret" // a credential, a code or a signed address
	FormatCursor = "cursor" // the next of a list
	FormatCount  = "count"  // how much or how often, up to now
)
