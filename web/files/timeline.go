package files

import (
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
)

// Timeline is what became of a file, step by step.
type Timeline struct {
	Steps  []Step
	MayAsk bool // whoever looks at it can have the file inspected

	Withheld string // why nobody downloads the file as it stands; empty: anybody may
}

// Step is a step of a timeline. The last one is where the file is now.
type Step struct {
	Title    string
	Says     string // in a sentence; empty: the title says it
	Outcome  string // "done", "now", "failed" or "warned"
	At       time.Time
	Deadline time.Time // when it is given up; zero: it ends by itself, or has ended
}

// Steps, by how far the inspection has come.
var progressed = map[uploads.Progress]Step{
	uploads.NotAsked:   {Title: "Not inspected", Outcome: "done", Says: "Files that people send are inspected, in their name. For its own, a program has to hand over a token."},
	uploads.Asked:      {Title: "Waiting for its inspection", Outcome: "now", Says: "The inspection has been asked for, and has not answered yet."},
	uploads.Accepted:   {Title: "Waiting for its inspection", Outcome: "now", Says: "The inspection waits for the file."},
	uploads.Forwarding: {Title: "On its way to the inspection", Outcome: "now"},
	uploads.Inspecting: {Title: "Being inspected", Outcome: "now"},
	uploads.Waiting:    {Title: "Not inspected yet", Outcome: "warned", Says: "The permission that came with the upload ran out before it was used. Its owner can have the file inspected."},
	uploads.Parked:     {Title: "Not inspected yet", Outcome: "warned", Says: "The inspection was tried for hours and is given up for now. The file is kept. Its owner can have it inspected again."},
	uploads.Refused:    {Title: "Not inspected", Outcome: "warned", Says: "The inspection does not know whoever vouches for the file's owner."},
	uploads.Silent:     {Title: "Not inspected yet", Outcome: "warned", Says: "Nothing was heard of the inspection in time. The file is kept. Its owner can have it inspected again."},
	uploads.Clean:      {Title: "Inspected: nothing was found", Outcome: "done"},
	uploads.Harmful:    {Title: "Inspected: keep away from it", Outcome: "failed"},
	uploads.Opaque:     {Title: "Inspected in part", Outcome: "warned"},
}

// failures are why an inspection has failed, in a sentence.
var failures = map[events.Reason]string{
	events.TooLarge:    "The file is larger than the inspection takes.",
	events.TimedOut:    "The inspection took too long and was ended.",
	events.Crashed:     "The file took more memory than the inspection may have, or made it fail.",
	events.Damaged:     "What arrived at the inspection was not what was sent.",
	events.Expired:     "The file did not reach the inspection in time.",
	events.Unreachable: "The inspection did not answer.",
	events.Gone:        "The file was not there any more.",
	events.Fault:       "Something failed on our side.",
}

// findings are what an inspection finds, in a few words.
var findings = map[string]string{
	"test_virus": "the EICAR test string",
	"bomb":       "it unpacks to more than is reasonable",
	"escape":     "an entry would be unpacked outside of its folder",
	"nesting":    "archives within archives, too deep",
	"entries":    "more entries than are looked at",
	"malformed":  "it is not of the form that it promises",
	"encrypted":  "a part cannot be read without a password",
	"opaque":     "an archive of a form that is not looked into",
}

// found says what was found, given kinds that are joined by commas.
func found(kinds string) string {
	var all []string
	for k := range strings.SplitSeq(kinds, ",") {
		if words, ok := findings[k]; ok {
			k = words
		}
		all = append(all, k)
	}
	return strings.Join(all, "; ")
}

// timelineOf is what became of a file by now.
func timelineOf(u uploads.Upload) Timeline {
	steps := []Step{{Title: "Announced", At: u.Created, Outcome: "done"}}
	switch u.State {
	case uploads.Pending:
		steps = append(steps, Step{Title: "Being sent", Outcome: "now", Says: "The file has not arrived yet.", Deadline: u.Awaited})
		return Timeline{Steps: steps}
	case uploads.Unfinished:
		steps = append(steps, Step{Title: "Not arrived", Outcome: "failed", Says: "The file has not come. Send it again, or delete it here: it goes by itself within a day."})
		return Timeline{Steps: steps}
	}
	steps = append(steps, Step{Title: "Arrived", At: u.Stored, Outcome: "done"})
	i := u.Inspection
	last, ok := progressed[i.Progress]
	if !ok {
		last = Step{Title: "Not inspected", Outcome: "failed", Says: failures[i.Reason]}
	}
	if i.Progress == uploads.Parked && i.Reason != "" {
		last.Says = failures[i.Reason] + " " + last.Says
	}
	if i.Findings != "" {
		last.Says = "Found: " + found(i.Findings) + "."
	}
	last.At, last.Deadline = i.At, i.Deadline
	return Timeline{Steps: append(steps, last)}
}
