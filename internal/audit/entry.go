package audit

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
)

// ErrInvalid reports an Entry without an action or an object, or with a text that is too long.
var ErrInvalid = errors.New("audit: invalid entry")

// Entry is what was done, to what. Who did it, when and in which request is not the caller's to
// say.
type Entry struct {
	Action string // "user.role": the kind of the object, and what happened to it
	Kind   string // "user": the kind of the object
	ID     string // the object's identifier within the tenant
	Before string // what changed, as it was and as it is; "" where that says nothing
	After  string
}

// maxText is the greatest length of a text of an entry, in bytes.
const maxText = 300

func (e Entry) validate() error {
	for _, s := range []string{e.Action, e.Kind, e.ID, e.Before, e.After} {
		if len(s) > maxText || !utf8.ValidString(s) {
			return fmt.Errorf("%w: a text of more than %d bytes, or not UTF-8", ErrInvalid, maxText)
		}
	}
	if e.Action == "" || e.Kind == "" || e.ID == "" {
		return fmt.Errorf("%w: action, kind and identifier are needed", ErrInvalid)
	}
	return nil
}

// record is an entry as stored.
type record struct {
	Action  string    `firestore:"action"`
	Kind    string    `firestore:"kind"`
	ID      string    `firestore:"id"`
	Before  string    `firestore:"before,omitempty"`
	After   string    `firestore:"after,omitempty"`
	Actor   string    `firestore:"actor"`
	Email   string    `firestore:"email"` // as it was then, perhaps unverified: for people to read
	Role    string    `firestore:"role"`
	Method  string    `firestore:"method"`
	Request string    `firestore:"request,omitempty"`
	Route   string    `firestore:"route,omitempty"`
	Time    time.Time `firestore:"time,serverTimestamp"`
}

func newRecord(e Entry, by tenancy.Principal, in ledger.RequestInfo) record {
	return record{
		Action: e.Action, Kind: e.Kind, ID: e.ID, Before: e.Before, After: e.After,
		Actor: by.User().String(), Email: by.Email(), Role: by.Role().String(), Method: by.Method().String(),
		Request: in.ID, Route: in.Route,
	}
}
