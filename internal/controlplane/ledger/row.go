package ledger

import (
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"
)

// Decision is what was decided about a vend, or about a request of a vended client.
type Decision string

// The decisions.
const (
	Vended Decision = "vended" // a grant was made; its credential came from the vault, or from the cache Warm times
	Denied Decision = "denied" // refused before anything was sent
	Failed Decision = "failed" // not decided: the vault or the control plane could not be read
)

// Row is a row of the ledger: who was given, or refused, what. It holds no secret.
//
// A row that sums up repeats describes the first of them: the others differ in request and route.
type Row struct {
	ID         string    `firestore:"-"` // where the row is stored; rows sort by it as by their time
	Time       time.Time `firestore:"time"`
	Decision   Decision  `firestore:"decision"`
	Alert      bool      `firestore:"alert"` // somebody reached across: a person should look
	Tenant     string    `firestore:"tenant"`
	Subject    string    `firestore:"subject"`
	Role       string    `firestore:"role"`
	Region     int64     `firestore:"region"`
	Method     string    `firestore:"method"` // how the caller was authenticated
	Scope      string    `firestore:"scope"`
	Account    string    `firestore:"account"`
	KeyID      string    `firestore:"keyId"`
	Generation int64     `firestore:"generation"`
	Warm       int64     `firestore:"warm"`  // vends from the cache that this row sums up
	Count      int64     `firestore:"count"` // refusals that this row sums up; 0, as in old rows: one
	Last       time.Time `firestore:"last"`  // of the last of them; zero: there is one
	Request    string    `firestore:"request"`
	Route      string    `firestore:"route"`
	Reason     string    `firestore:"reason"`
}

// Times is how many refusals the row stands for.
func (r Row) Times() int64 { return max(r.Count, 1) }

// Until is when the last of them was.
func (r Row) Until() time.Time {
	if r.Last.IsZero() {
		return r.Time
	}
	return r.Last
}

// LogValue is the row for the log.
func (r Row) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("decision", string(r.Decision)), slog.Bool("alert", r.Alert),
		slog.String("tenant", r.Tenant), slog.String("subject", r.Subject), slog.String("role", r.Role),
		slog.Int64("region", r.Region), slog.String("method", r.Method), slog.String("scope", r.Scope),
		slog.String("account", r.Account), slog.String("keyId", r.KeyID), slog.Int64("generation", r.Generation),
		slog.Int64("warm", r.Warm), slog.String("request", r.Request), slog.String("route", r.Route),
		slog.String("reason", r.Reason))
}

// maxText is how long a text of a row may be, in bytes.
const maxText = 400

// Text returns s as a row may hold it: valid UTF-8 of at most 400 bytes, cut between two
// characters. A text may quote a name that an attacker chose, and the database takes no other.
func Text(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// clean makes every text of the row one that the database takes.
func (r *Row) clean() {
	r.Decision = Decision(Text(string(r.Decision)))
	for _, s := range []*string{
		&r.Tenant, &r.Subject, &r.Role, &r.Method, &r.Scope, &r.Account, &r.KeyID, &r.Request, &r.Route, &r.Reason,
	} {
		*s = Text(*s)
	}
}
