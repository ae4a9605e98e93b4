package uploads

import (
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Progress is how far the inspection of a file has come. Service B inspects files for their owners:
// what happens in between is another's, and may not happen at all.
type Progress string

// How far an inspection has come. The zero Progress is that of a file that nobody asks to inspect.
const (
	NotAsked   Progress = "not_asked"   // a program sent the file, or nothing is published here
	Asked      Progress = "asked"       // a token is handed over, and nothing was heard yet
	Accepted   Progress = "accepted"    // Service B waits for the file
	Forwarding Progress = "forwarding"  // the file is on its way there
	Inspecting Progress = "inspecting"  // Service B has it
	Waiting    Progress = "waiting"     // the token has died: the owner must hand in another
	Parked     Progress = "parked"      // given up for now
	Refused    Progress = "refused"     // Service B does not trust who vouches for the owner
	Failed     Progress = "failed"      // Service B could not inspect the file: see Reason
	Clean      Progress = "clean"       // all of it was looked at, and nothing was found
	Harmful    Progress = "harmful"     // something was found: see Findings
	Opaque     Progress = "opaque"      // some of it could not be looked at: see Findings
	Silent     Progress = "no_response" // nothing was heard by the deadline
)

// Inspection is what is known of the inspection of a file. It is of the generation that is stored.
type Inspection struct {
	Progress Progress
	Reason   events.Reason
	Type     string // the media type, by content
	Findings string // their kinds, joined by commas
	Percent  int    // of the file that is forwarded
	At       time.Time
	Deadline time.Time // when the present step is given up; zero: nothing follows by itself

	MayAsk bool // the owner can have it inspected, or inspected again
}

const (
	// answerTime is how long the Adapter may take from one step to the next before the file says
	// that nothing was heard.
	answerTime = time.Hour
	// remindTime is when events are published again that nothing has followed, at first. It doubles
	// each time.
	remindTime = 2 * time.Minute
)

// inspection is what is stored of it, within the record.
type inspection struct {
	Attempt  int64     `firestore:"attempt"` // counts the tokens that were handed over
	Step     string    `firestore:"step,omitempty"`
	Reason   string    `firestore:"reason,omitempty"`
	Verdict  string    `firestore:"verdict,omitempty"`
	Type     string    `firestore:"type,omitempty"`
	Findings []string  `firestore:"findings,omitempty"`
	Percent  int64     `firestore:"percent,omitempty"`
	At       time.Time `firestore:"at"`

	Sealed  []byte    `firestore:"sealed,omitempty"` // what was handed over last, for the Adapter alone
	Expires time.Time `firestore:"expires,omitempty"`
	Reminds int64     `firestore:"reminds,omitempty"`
}

// steps are what is shown of a step of the Adapter's.
var steps = map[events.Step]Progress{
	"": Asked, events.Accepted: Accepted, events.Forwarding: Forwarding, events.Inspecting: Inspecting,
	events.Waiting: Waiting, events.Parked: Parked, events.Refused: Refused, events.Failed: Failed,
}

// found is what is shown of a verdict.
var found = map[events.Verdict]Progress{events.Clean: Clean, events.Harmful: Harmful, events.Uninspected: Opaque}

// shown is what is known of the inspection at a time.
func (r record) shown(at time.Time) Inspection {
	i := r.Inspection
	if i == nil {
		owner, err := tenant.ParseUserID(r.Owner)
		return Inspection{Progress: NotAsked, MayAsk: r.State == string(Stored) && err == nil && !owner.IsReserved()}
	}
	step := events.Step(i.Step)
	shown := Inspection{
		Progress: steps[step], Reason: events.Reason(i.Reason), Type: i.Type, Findings: strings.Join(i.Findings, ","), Percent: int(i.Percent), At: i.At,
	}
	switch {
	case step == events.Done:
		shown.Progress = found[events.Verdict(i.Verdict)]
	case !step.IsEnd() && r.State == string(Stored):
		since := i.At
		if r.Stored.After(since) {
			since = r.Stored
		}
		shown.Deadline = since.Add(answerTime)
		if !at.Before(shown.Deadline) {
			shown.Progress, shown.Deadline = Silent, time.Time{}
		}
	}
	shown.MayAsk = r.State == string(Stored) && (shown.Progress == Silent || step.IsEnd() && step != events.Done)
	return shown
}

// moved is the record after what the Adapter tells of an attempt to inspect a generation; ok is
// false if that says nothing new. What comes late or twice does not: of one attempt a step is never
// undone by an earlier one.
func (r record) moved(d events.Data, at time.Time) (_ record, ok bool) {
	switch i := r.Inspection; {
	case i == nil || d.Moved == nil || d.Attempt != i.Attempt:
		return r, false
	case d.Generation != 0 && d.Generation != r.Generation && r.State == string(Stored):
		return r, false
	case d.Moved.Step == events.Done && d.Generation != r.Generation:
		return r, false // a verdict is of the generation that is stored, or of none
	}
	i := *r.Inspection
	now, was := d.Moved.Step, events.Step(i.Step)
	if !now.After(was) && (now != was || now != events.Forwarding || int64(d.Moved.Percent) <= i.Percent) {
		return r, false
	}
	i.Step, i.Reason, i.Verdict, i.Type = string(now), string(d.Moved.Reason), string(d.Moved.Verdict), d.Moved.Type
	i.Findings, i.Percent, i.At = d.Moved.Findings, int64(d.Moved.Percent), at
	if now.IsEnd() {
		i.Sealed, i.Expires = nil, time.Time{}
		if r.State == string(Stored) {
			r.Due = time.Time{}
		}
	}
	r.Inspection = &i
	return r, true
}

// remind returns when the events of a stored file are to be published again if nothing follows
// them: the zero time if nothing is to follow any more.
func (r record) remind(at time.Time) time.Time {
	i := r.Inspection
	if i == nil || events.Step(i.Step).IsEnd() || r.shown(at).Progress == Silent {
		return time.Time{}
	}
	return at.Add(remindTime << min(i.Reminds, 8))
}
