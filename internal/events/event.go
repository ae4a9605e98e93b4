package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Type is a type of event.
type Type string

// The types.
const (
	UploadRequested Type = "app.bulkhead.upload.requested.v1"
	ObjectFinalized Type = "app.bulkhead.object.finalized.v1"
	InspectionMoved Type = "app.bulkhead.inspection.moved.v1"
)

const (
	source = "/bulkhead"
	// extension names the tenant, so that a consumer can be fair to all. It proves nothing.
	extension = "tenant"
	// maxEvent is the greatest size of an event, in bytes.
	maxEvent = 64 << 10
)

// ErrMalformed reports a message that is not of its form. It stays so however often it is
// delivered.
var ErrMalformed = errors.New("events: malformed")

func malformed(what string) error { return fmt.Errorf("%w: %s", ErrMalformed, what) }

// Event is something that happened to one file.
type Event struct {
	Type   Type
	Tenant tenant.ID // whose file it is, as the sender says
	Time   time.Time
	Data   Data
}

// Data is what an event says. Which members it has, its type decides.
type Data struct {
	Upload     string `json:"upload"`
	Attempt    int64  `json:"attempt"`              // which handing over of a token it is about: 1, 2, ...
	Generation int64  `json:"generation,omitempty"` // of the object; 0 until it has arrived
	Size       int64  `json:"size,omitempty"`       // bytes, of object.finalized
	CRC32C     uint32 `json:"crc32c,omitempty"`     // of object.finalized
	Ticket     string `json:"ticket"`
	Sealed     []byte `json:"sealed,omitempty"` // a Handover, of upload.requested

	Moved *Moved `json:"moved,omitempty"` // of inspection.moved
}

// Moved says how far an inspection has come. It holds no data of the file's.
type Moved struct {
	Step     Step     `json:"step"`
	Reason   Reason   `json:"reason,omitempty"`
	Verdict  Verdict  `json:"verdict,omitempty"`
	Type     string   `json:"type,omitempty"`     // the media type, by content
	Findings []string `json:"findings,omitempty"` // kinds
	Percent  int      `json:"percent,omitempty"`  // of the file that is forwarded
}

// Step is how far an inspection has come.
type Step string

// The steps. The last five are ends, until a token is handed over once more or an operator releases
// what is parked.
const (
	Accepted   Step = "accepted"   // Service B has given a key for the file
	Forwarding Step = "forwarding" // the file is on its way
	Inspecting Step = "inspecting" // Service B has all of it

	Waiting Step = "waiting" // the token has died: the owner must hand in another
	Parked  Step = "parked"  // given up for now
	Refused Step = "refused" // Service B does not trust who vouches for the owner
	Failed  Step = "failed"  // Service B could not inspect the file
	Done    Step = "done"    // there is a verdict
)

// rank orders the steps of one attempt: a later one is never undone by an earlier one that comes
// late.
var rank = map[Step]int{
	Accepted: 1, Forwarding: 2, Inspecting: 3, Waiting: 4, Parked: 4, Refused: 5, Failed: 5, Done: 5,
}

// After reports whether s comes after t in one attempt. Anything comes after no step at all.
func (s Step) After(t Step) bool { return rank[s] > rank[t] }

// IsEnd reports whether nothing follows s by itself.
func (s Step) IsEnd() bool { return rank[s] >= rank[Waiting] }

// Reason is why an inspection ended without a verdict.
type Reason string

// The reasons.
const (
	TooLarge    Reason = "too_large"   // larger than Service B takes
	TimedOut    Reason = "timed_out"   // it took longer than Service B gives it
	Crashed     Reason = "crashed"     // it took more than Service B gives it, or could not be survived
	Damaged     Reason = "damaged"     // what arrived at Service B is not what was sent
	Expired     Reason = "expired"     // the file did not come in time
	Unreachable Reason = "unreachable" // Service B does not answer
	Gone        Reason = "gone"        // the file is not there any more
	Fault       Reason = "fault"       // the Adapter could not go on
)

// Verdict is what Service B says of a file.
type Verdict string

// The verdicts.
const (
	Clean       Verdict = "clean"
	Harmful     Verdict = "harmful"
	Uninspected Verdict = "uninspected" // some of it could not be looked at
)

var (
	reasons  = map[Reason]bool{"": true, TooLarge: true, TimedOut: true, Crashed: true, Damaged: true, Expired: true, Unreachable: true, Gone: true, Fault: true}
	verdicts = map[Verdict]bool{"": true, Clean: true, Harmful: true, Uninspected: true}
)

// id names the event: what is sent again has the same.
func (e Event) id() string {
	id := string(e.Type) + "/" + e.Data.Upload + "/" + strconv.FormatInt(e.Data.Attempt, 10) + "/" + strconv.FormatInt(e.Data.Generation, 10)
	if e.Data.Moved != nil {
		id += "/" + string(e.Data.Moved.Step) + "/" + strconv.Itoa(e.Data.Moved.Percent)
	}
	return id
}

// Marshal returns the event as it is sent. ErrMalformed for one that Parse would refuse.
func (e Event) Marshal() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	ce := cloudevents.New()
	ce.SetID(e.id())
	ce.SetType(string(e.Type))
	ce.SetSource(source)
	ce.SetSubject(e.Data.Upload)
	ce.SetTime(e.Time)
	ce.SetExtension(extension, e.Tenant.String())
	if err := ce.SetData(cloudevents.ApplicationJSON, e.Data); err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	if err := ce.Validate(); err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	return ce.MarshalJSON()
}

// Parse reads an event. ErrMalformed for anything that is none of ours.
func Parse(b []byte) (Event, error) {
	if len(b) > maxEvent {
		return Event{}, malformed("an event of more than 64 KiB")
	}
	var ce cloudevents.Event
	if err := json.Unmarshal(b, &ce); err != nil || ce.Validate() != nil {
		return Event{}, malformed("not a CloudEvent")
	}
	name, _ := ce.Extensions()[extension].(string)
	of, err := tenant.ParseID(name)
	if err != nil {
		return Event{}, malformed("of no tenant")
	}
	e := Event{Type: Type(ce.Type()), Tenant: of, Time: ce.Time()}
	if err := ce.DataAs(&e.Data); err != nil {
		return Event{}, malformed("its data")
	}
	return e, e.check()
}

// check returns ErrMalformed unless e says what its type asks for.
func (e Event) check() error {
	d := e.Data
	switch {
	case e.Tenant.IsZero():
		return malformed("of no tenant")
	case d.Upload == "" || len(d.Upload) > 64:
		return malformed("of no file")
	case d.Attempt < 1 || d.Generation < 0 || d.Size < 0:
		return malformed("a number")
	case d.Ticket == "" || len(d.Ticket) > 1024:
		return malformed("no ticket")
	}
	switch e.Type {
	case UploadRequested:
		if len(d.Sealed) == 0 || d.Moved != nil {
			return malformed("no token is handed over")
		}
	case ObjectFinalized:
		if d.Generation == 0 || d.Moved != nil {
			return malformed("no object")
		}
	case InspectionMoved:
		return d.Moved.check()
	default:
		return malformed("of an unknown type")
	}
	return nil
}

func (m *Moved) check() error {
	switch {
	case m == nil || rank[m.Step] == 0:
		return malformed("no step")
	case !reasons[m.Reason] || !verdicts[m.Verdict] || (m.Step == Done) != (m.Verdict != ""):
		return malformed("a reason or verdict")
	case len(m.Type) > 127 || len(m.Findings) > 16 || m.Percent < 0 || m.Percent > 100:
		return malformed("what was found")
	}
	for _, f := range m.Findings {
		if len(f) > 40 {
			return malformed("what was found")
		}
	}
	return nil
}
