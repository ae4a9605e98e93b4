package keys

// ErrForm reports a key that cannot be made so.
var ErrForm = errForm

// ErrNoName reports a key without a name.
var ErrNoName = errNoName

// What else cannot be made or rolled.
var (
	ErrNoScope = errNoScope
	ErrNoEnd   = errNoEnd
	ErrOverlap = errOverlap
)
