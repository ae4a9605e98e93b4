package sessioncookie

import (
	"fmt"
	"log/slog"
	"time"
)

// Tokens are what a session lives by. They print, log and marshal without their secrets.
type Tokens struct {
	ID      string    // the bearer token of requests
	Refresh string    // exchanges for the next ID token
	Expires time.Time // of ID
}

// String says when the tokens expire, and nothing else.
func (t Tokens) String() string {
	if t == (Tokens{}) {
		return "no tokens"
	}
	return "tokens until " + t.Expires.UTC().Format(time.RFC3339)
}

// GoString is String, for %#v.
func (t Tokens) GoString() string { return t.String() }

// LogValue is String, for logs.
func (t Tokens) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalJSON is String, so that tokens inside a larger value cannot slip out. A Sealer and the API
// write the fields.
func (t Tokens) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "%q", t.String()), nil }

// Format is String for every verb, and so also for fields of a struct that is printed with %d or
// %x.
func (t Tokens) Format(f fmt.State, _ rune) { fmt.Fprint(f, t.String()) }
