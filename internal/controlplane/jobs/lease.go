package jobs

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"
)

// Lease is the right to do one job, for a time. Only Take and Renew make one; the zero Lease is
// lost.
type Lease struct{ job *Job } // as it was taken

// Job is the job as it was when it was taken; zero for the zero Lease.
func (l Lease) Job() Job {
	if l.job == nil {
		return Job{}
	}
	return *l.job
}

// Until is when the lease ends.
func (l Lease) Until() time.Time { return l.Job().Until }

// Take leases a job that Takable yielded, until life from now, and counts an attempt. holder says
// who holds it, for people. ErrLost if another took it meanwhile, or it cannot be taken any more.
// tenant.ErrUnavailable if the answer did not arrive: then the job may be leased to nobody, until
// that lease ends.
func (s *Store) Take(ctx context.Context, j Job, holder string, life time.Duration) (Lease, error) {
	holder = line(holder)
	until := s.now().Add(life).UTC().Truncate(time.Microsecond) // what the database keeps
	var taken Job
	err := s.change(ctx, j.ID, ErrLost, func(now Job) ([]firestore.Update, error) {
		if now.Fence != j.Fence || !now.takable(s.now()) {
			return nil, ErrLost
		}
		now.Attempts++
		now.Fence++
		taken = now
		return []firestore.Update{
			{Path: "state", Value: string(Leased)},
			{Path: "attempts", Value: now.Attempts},
			{Path: "fence", Value: now.Fence},
			{Path: "holder", Value: holder},
			{Path: "wake", Value: until},
		}, nil
	})
	if err != nil {
		return Lease{}, err
	}
	taken.State, taken.Holder, taken.Until = Leased, holder, until
	return Lease{&taken}, nil
}

// takable reports whether somebody may take the job.
func (j Job) takable(now time.Time) bool {
	return j.State == Due && !now.Before(j.Due) || j.State == Leased && !now.Before(j.Until)
}

// Held returns nil if the lease is in force, ErrLost if it was lost or has ended, and
// tenant.ErrUnavailable if that cannot be known.
func (s *Store) Held(ctx context.Context, l Lease) error {
	if !s.now().Before(l.Until()) {
		return ErrLost
	}
	doc, err := s.doc(l.Job().ID).Get(ctx)
	if err := readError(err); err != nil {
		return err
	}
	j, err := jobOf(doc)
	if err != nil {
		return err
	}
	return l.holds(j)
}

// holds returns ErrLost if the job, as it is now, is not leased under l.
func (l Lease) holds(now Job) error {
	if l.job == nil || now.State != Leased || now.Fence != l.job.Fence {
		return ErrLost
	}
	return nil
}

// Renew lets the lease end at life from now, and returns it. A lease that has ended can be renewed
// while nobody else has taken the job. ErrLost, tenant.ErrUnavailable.
func (s *Store) Renew(ctx context.Context, l Lease, life time.Duration) (Lease, error) {
	until := s.now().Add(life).UTC().Truncate(time.Microsecond)
	err := s.under(ctx, l, []firestore.Update{{Path: "wake", Value: until}})
	if err != nil {
		return Lease{}, err
	}
	j := l.Job()
	j.Until = until
	return Lease{&j}, nil
}

// Done deletes the job. ErrLost, and nothing is changed, if the lease was lost;
// tenant.ErrUnavailable if the answer did not arrive: then the job is gone, or will be done again.
func (s *Store) Done(ctx context.Context, l Lease) error {
	return s.under(ctx, l, nil)
}

// Retry gives the job back, to be taken again after a time, and keeps why in one line. ErrLost,
// tenant.ErrUnavailable.
func (s *Store) Retry(ctx context.Context, l Lease, after time.Duration, why string) error {
	return s.under(ctx, l, []firestore.Update{
		{Path: "state", Value: string(Due)},
		{Path: "wake", Value: s.now().Add(after).UTC()},
		{Path: "holder", Value: ""},
		{Path: "error", Value: line(why)},
	})
}

// Later gives the job back, to be gone on with after a time, and counts no attempt: what was tried
// so far went well. ErrLost, tenant.ErrUnavailable.
func (s *Store) Later(ctx context.Context, l Lease, after time.Duration) error {
	return s.under(ctx, l, []firestore.Update{
		{Path: "state", Value: string(Due)},
		{Path: "wake", Value: s.now().Add(after).UTC()},
		{Path: "holder", Value: ""},
		{Path: "error", Value: ""},
		{Path: "attempts", Value: 0},
	})
}

// Park gives the job up, and keeps why in one line. Nobody takes it until an operator has released
// it. ErrLost, tenant.ErrUnavailable.
func (s *Store) Park(ctx context.Context, l Lease, why string) error {
	return s.under(ctx, l, []firestore.Update{
		{Path: "state", Value: string(Parked)},
		{Path: "wake", Value: firestore.Delete},
		{Path: "holder", Value: ""},
		{Path: "error", Value: line(why)},
	})
}

// under changes the job if it is leased under l: no updates delete it.
func (s *Store) under(ctx context.Context, l Lease, updates []firestore.Update) error {
	return s.change(ctx, l.Job().ID, ErrLost, func(now Job) ([]firestore.Update, error) {
		return updates, l.holds(now)
	})
}
