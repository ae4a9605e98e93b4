package operators

import (
	"net/url"
	"strconv"
	"time"
)

// JobList is a part of the jobs of one state.
type JobList struct {
	State string // "parked", "due" or "leased"
	Jobs  []Job
	Next  string // after which job the next part begins; empty at the end
}

// Job is a job as operators see it. What it is to do with whom, they do not see.
type Job struct {
	ID         string
	Kind       string
	Tenant     string // whose; empty: the platform's own
	State      string
	Attempts   int
	Holder     string    // which worker does it
	At         time.Time // when it is due, or when its lease ends; zero: parked
	Created    time.Time
	Error      string // why the last attempt failed
	Unreadable bool   // its record is of no form that this version knows
}

// jobStates are the choices of the page.
var jobStates = [...]struct{ value, label, empty string }{
	{"parked", "Given up", "No job was given up. One that fails ten times waits here for you."},
	{"due", "Waiting", "No job waits to be done."},
	{"leased", "Being done", "No job is being done at this moment."},
}

// empty says that there is no job.
func (l JobList) empty() string {
	for _, s := range jobStates {
		if s.value == l.State {
			return s.empty
		}
	}
	return "No job."
}

// tried says how often.
func (j Job) tried() string {
	if j.Attempts == 1 {
		return "tried once"
	}
	return "tried " + strconv.Itoa(j.Attempts) + " times"
}

// variant is how the button of a state looks.
func (l JobList) variant(state string) string {
	if l.State == state {
		return "outline"
	}
	return "ghost"
}

// next is where the next part of the list is.
func (l JobList) next() string {
	return queue + "?" + url.Values{"state": {l.State}, "after": {l.Next}}.Encode()
}

// jobPath is the address of something that is done to the job.
func jobPath(id, action string) string { return queue + "/" + url.PathEscape(id) + "/" + action }

// SignIn is the operators' sign-in page.
type SignIn struct {
	Email  string // as typed
	Error  string // one sentence, or empty
	Notice string
}
