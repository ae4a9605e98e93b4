package records

import (
	"errors"
	"time"
)

// ErrNotFound reports that there is no such record. One of another tenant is not found either.
var ErrNotFound = errors.New("records: not found")

// Document names a document of a tenant. Both names are of the form of clienttoken.IsName.
type Document struct{ Tenant, ID string }

// Ref names one generation of a document's content.
type Ref struct {
	Document
	Generation int64
}

// Item is one run of a generation: all that came of its content since it last began. A run never
// comes back, so what belongs to one that is over can be deleted at any time.
type Item struct {
	Ref
	Run string
}

// State is where a generation stands.
type State string

// The states. Done and Failed are final, until a failed one is tried again.
const (
	Receiving  State = "receiving"
	Inspecting State = "inspecting"
	Done       State = "done"
	Failed     State = "failed"
)

// Reason says why a generation has failed.
type Reason string

// The reasons.
const (
	TooLarge Reason = "too_large" // above the service's limit
	TimedOut Reason = "timed_out" // the inspection took too long
	Crashed  Reason = "crashed"   // the inspection ended without a report
	Damaged  Reason = "damaged"   // what came has another checksum than was announced
	Expired  Reason = "expired"   // the content did not come in time
)

// Verdict is what an inspection comes to.
type Verdict string

// The verdicts.
const (
	Clean       Verdict = "clean"
	Harmful     Verdict = "harmful"
	Uninspected Verdict = "uninspected" // something, or all of it, could not be looked at
)

// Part is a piece of the content, in the bucket.
type Part struct {
	Object string `firestore:"object"`
	Size   int64  `firestore:"size"` // bytes
}

// Generation is one file: what was announced of it, what has come, and what became of it.
type Generation struct {
	Size   int64  `firestore:"size"` // bytes
	CRC32C uint32 `firestore:"crc32c"`
	Name   string `firestore:"name"`
	Type   string `firestore:"type"`

	State    State     `firestore:"state"`
	Reason   Reason    `firestore:"reason"`
	Received int64     `firestore:"received"` // bytes, from the first on
	Checksum uint32    `firestore:"checksum"` // CRC-32C of those
	Parts    []Part    `firestore:"parts"`
	Deadline time.Time `firestore:"deadline"` // when receiving or inspecting is given up
	Tries    int       `firestore:"tries"`    // how often an inspection was begun
	Lease    Lease     `firestore:"lease"`

	Verdict Verdict `firestore:"verdict"`
	Report  []byte  `firestore:"report"` // JSON of an inspect.Report

	Run     string    `firestore:"run"`     // of Item
	Cleared bool      `firestore:"cleared"` // the bucket holds nothing of it
	Expires time.Time `firestore:"expires"` // when the record goes
}

// Lease says which process inspects.
type Lease struct {
	Holder string    `firestore:"holder"` // "": nobody
	Until  time.Time `firestore:"until"`
}

// Held reports whether somebody holds the lease at that time.
func (l Lease) Held(now time.Time) bool { return l.Holder != "" && now.Before(l.Until) }

// Ended reports whether the state is final.
func (g Generation) Ended() bool { return g.State == Done || g.State == Failed }

// due is when the generation is to be looked at next.
func (g Generation) due(now time.Time) time.Time {
	switch {
	case g.State == Receiving:
		return g.Deadline
	case g.State == Inspecting && g.Lease.Held(now):
		return g.Lease.Until
	case g.Ended() && g.Cleared:
		return g.Expires
	}
	return now
}
