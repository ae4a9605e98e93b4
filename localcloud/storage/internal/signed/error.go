package signed

// Kind says why a signature was refused.
type Kind int

// The reasons, each of which Google answers in its own way.
const (
	Malformed       Kind = iota // a parameter is missing, twice, unknown or not of its form
	MalformedHeader             // the signed headers and the request's headers do not agree
	Expired                     // past X-Goog-Date plus X-Goog-Expires
	Skewed                      // X-Goog-Date is too far in the future
	Mismatch                    // no live key of the account made this signature, or there is no such account
)

// Error is a refusal. Canonical and ToSign, set for Mismatch alone, are what the verifier computed
// from the request, for the person who compares them with what their client computed.
type Error struct {
	Kind      Kind
	Detail    string
	Canonical string
	ToSign    string
}

func (e *Error) Error() string { return "signed url: " + e.Detail }

func malformed(detail string) *Error { return &Error{Kind: Malformed, Detail: detail} }
