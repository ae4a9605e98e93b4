package jobs

import (
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// record is how a Job is stored, in jobs/<id>. Fields may be added; none may change its meaning.
type record struct {
	Kind    string    `firestore:"kind"`
	Tenant  string    `firestore:"tenant"` // empty: the platform
	Payload []byte    `firestore:"payload"`
	Due     time.Time `firestore:"due"`
	Created time.Time `firestore:"created"`

	State    string `firestore:"state"`
	Attempts int64  `firestore:"attempts"`
	Holder   string `firestore:"holder"`
	Fence    int64  `firestore:"fence"`
	Error    string `firestore:"error"`

	// Wake is when somebody may take it: its due time, or the end of its lease. A parked one has
	// none, so one index over one field finds all that can be taken, and nothing else.
	Wake time.Time `firestore:"wake,omitempty"`
}

func newRecord(i Intent, created time.Time) record {
	return record{
		Kind: i.Kind, Tenant: i.Tenant.String(), Payload: i.Payload, Due: i.Due.UTC(), Created: created.UTC(),
		State: string(Due), Wake: i.Due.UTC(),
	}
}

// jobOf parses a stored record as strictly as any input.
func jobOf(doc *firestore.DocumentSnapshot) (Job, error) {
	var r record
	if err := doc.DataTo(&r); err != nil {
		return Job{}, unreadable(doc, err)
	}
	j := Job{
		Intent:   Intent{ID: doc.Ref.ID, Kind: r.Kind, Payload: r.Payload, Due: r.Due},
		State:    State(r.State),
		Attempts: int(r.Attempts),
		Fence:    r.Fence,
		Error:    r.Error,
		Created:  r.Created,
	}
	var err error
	if r.Tenant != "" {
		if j.Tenant, err = tenant.ParseID(r.Tenant); err != nil {
			return Job{}, unreadable(doc, err)
		}
	}
	if err := j.validate(); err != nil {
		return Job{}, unreadable(doc, err)
	}
	switch {
	case j.Attempts < 0 || j.Fence < 0:
		return Job{}, unreadable(doc, tenant.Invalid("number of a job"))
	case j.State == Leased && r.Holder != "" && !r.Wake.IsZero():
		j.Holder, j.Until = r.Holder, r.Wake
	case j.State == Due && !r.Wake.IsZero():
		j.Due = r.Wake // later than at first, if it was tried before
	case j.State == Parked:
	default:
		return Job{}, unreadable(doc, tenant.Invalid("state of a job"))
	}
	return j, nil
}

// UnreadableError reports a record that no version of this code wrote.
type UnreadableError struct {
	ID  string
	err error
}

func unreadable(doc *firestore.DocumentSnapshot, err error) error {
	return &UnreadableError{doc.Ref.ID, err}
}

func (e *UnreadableError) Error() string { return fmt.Sprintf("jobs: record %q: %v", e.ID, e.err) }
func (e *UnreadableError) Unwrap() error { return e.err }
