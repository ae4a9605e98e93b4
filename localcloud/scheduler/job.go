package scheduler

import (
	"crypto/rand"
	"slices"
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// maxAttempts is how many of a job's latest attempts are remembered.
const maxAttempts = 10

// job is a job with what is under way of it. A job in the service's map is never changed, only
// replaced.
type job struct {
	pb       *schedulerpb.Job // without schedule_time
	schedule schedule
	due      time.Time // next, by its schedule
	runs     []run
	attempts []Attempt // the latest, oldest first
}

// run is an execution that has not succeeded yet, nor been given up.
type run struct {
	ID        string
	Scheduled time.Time // what it is the execution of
	Forced    bool      // by RunJob
	First     time.Time // when it was first attempted
	Tries     int       // attempts that were begun
	Next      time.Time // when it is attempted next

	out bool // an attempt is under way, in this process
}

func newRun(scheduled time.Time, forced bool) run {
	return run{ID: rand.Text(), Scheduled: scheduled, Forced: forced, Next: scheduled}
}

func (j *job) clone() *job {
	c := *j
	c.pb = proto.CloneOf(j.pb)
	c.runs, c.attempts = slices.Clone(j.runs), slices.Clone(j.attempts)
	return &c
}

// message is the job as its callers see it.
func (j *job) message() *schedulerpb.Job {
	pb := proto.CloneOf(j.pb)
	next := j.due
	for _, r := range j.runs {
		if r.Tries > 0 && !r.out && r.Next.Before(next) {
			next = r.Next
		}
	}
	pb.ScheduleTime = timestamppb.New(next)
	return pb
}

func (j *job) enabled() bool { return j.pb.State == schedulerpb.Job_ENABLED }

// advance begins what is due now, and returns the runs whose next attempt is to be made. It reports
// whether the job has changed.
func (j *job) advance(now time.Time) (begin []run, changed bool) {
	busy := slices.ContainsFunc(j.runs, func(r run) bool { return r.out && !r.Forced })
	if j.enabled() && !busy && !j.due.After(now) {
		j.runs = slices.DeleteFunc(j.runs, func(r run) bool { return !r.Forced })
		j.runs = append(j.runs, newRun(j.due, false))
		j.due, _ = j.schedule.next(now)
		changed = true
	}
	for i := range j.runs {
		r := &j.runs[i]
		if r.out || r.Next.After(now) {
			continue
		}
		r.out, changed = true, true
		r.Tries++
		if r.First.IsZero() {
			r.First = now
		}
		j.pb.LastAttemptTime = timestamppb.New(now)
		begin = append(begin, *r)
	}
	return begin, changed
}

// settle records what became of an attempt of the run with that id. A run that failed waits for its
// next attempt, or is given up.
func (j *job) settle(id string, a Attempt, now time.Time) {
	i := slices.IndexFunc(j.runs, func(r run) bool { return r.ID == id })
	if i < 0 {
		return // of a job that had this name before
	}
	j.pb.Status = a.status()
	j.attempts = append(j.attempts, a)
	j.attempts = j.attempts[max(0, len(j.attempts)-maxAttempts):]
	r := &j.runs[i]
	r.out = false
	wait, again := retry(j.pb.RetryConfig, r.Tries, now.Sub(r.First))
	r.Next = now.Add(wait)
	if a.Succeeded() || !again || !j.enabled() || !r.Next.Before(j.due) {
		j.runs = slices.Delete(j.runs, i, i+1)
	}
}

// reopen fits a job to a clock that may have gone back since it was stored.
func (j *job) reopen(now time.Time) {
	if next, ok := j.schedule.next(now); ok && next.Before(j.due) {
		j.due = next
	}
	for i := range j.runs {
		r := &j.runs[i]
		if latest := now.Add(backoff(j.pb.RetryConfig, r.Tries)); r.Next.After(latest) {
			r.Next = latest
		}
	}
}
