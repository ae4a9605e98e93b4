package jobs

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

var (
	// ErrLost reports that a lease is not in force: the intent was leased to another since, given
	// back, parked, finished or cancelled.
	ErrLost = errors.New("jobs: the lease was lost")
	// ErrConflict reports that an intent of this id is there already and is for another kind or
	// tenant.
	ErrConflict = errors.New("jobs: the id belongs to another intent")
	// ErrNoJob reports that no intent of this id is there, or that it is in another state.
	ErrNoJob = errors.New("jobs: no such job")
)

const (
	// MaxPayload is how many bytes a payload has at most.
	MaxPayload = 8 << 10
	// maxReason is how many bytes of an error are kept.
	maxReason = 300
)

// Intent is something that is to be done.
type Intent struct {
	// ID names the intent. Adding one that is there already changes nothing, so an id made of its
	// cause makes a repeated request one intent. 1 to 128 of [A-Za-z0-9_.-], a letter or digit
	// first.
	ID string

	// Kind says who does it: 1 to 40 of [a-z0-9-], a letter first.
	Kind string

	// Tenant is the tenant that it is done for; zero for the platform.
	Tenant tenant.ID

	// Payload is JSON of at most MaxPayload bytes; empty: none.
	Payload []byte

	// Due is the time before which it is not done.
	Due time.Time
}

// State is how far an intent has come. One that is done is deleted.
type State string

// The states.
const (
	Due    State = "due"    // somebody may take it from its due time on
	Leased State = "leased" // somebody does it; when the lease ends, another may take it
	Parked State = "parked" // given up; an operator decides
)

// Job is a stored intent and how far it has come.
type Job struct {
	Intent
	State    State
	Attempts int       // leases so far
	Holder   string    // who holds the lease, if it is leased
	Until    time.Time // when the lease ends, if it is leased
	Fence    int64     // the number of the last lease; 0: none yet
	Error    string    // why the last attempt failed, in one line; empty if none has
	Created  time.Time
}

var (
	idForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$`)
	kindForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
)

// IsKind reports whether s is of the form of a kind.
func IsKind(s string) bool { return kindForm.MatchString(s) }

// validate returns tenant.ErrInvalid if i may not be stored.
func (i Intent) validate() error {
	switch {
	case !idForm.MatchString(i.ID):
		return tenant.Invalid("id of a job")
	case !IsKind(i.Kind):
		return tenant.Invalid("kind of a job")
	case len(i.Payload) > MaxPayload || len(i.Payload) > 0 && !json.Valid(i.Payload):
		return tenant.Invalid("payload of a job")
	case i.Due.IsZero():
		return tenant.Invalid("due time of a job")
	}
	return nil
}

// line returns s as one line of printable text of at most maxReason bytes.
func line(s string) string {
	s = strings.ToValidUTF8(s, "?")
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
	if len(s) <= maxReason {
		return s
	}
	end := maxReason
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
