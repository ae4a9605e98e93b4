package store

import (
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/diskfull"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
)

// Pending is a commit on its way.
type Pending struct {
	run  func(b *batch, at time.Time) error
	done chan struct{}
	time time.Time
	err  error
}

// Wait returns the time of the commit once it is durable, or why it did not happen. It cannot be
// given up: a commit that was submitted may always come about.
func (p *Pending) Wait() (time.Time, error) {
	<-p.done
	return p.time, p.err
}

func (s *Store) submit(run func(*batch, time.Time) error) *Pending {
	p := &Pending{run: run, done: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		p.err = errClosed
		close(p.done)
		return p
	}
	s.queue = append(s.queue, p)
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return p
}

var errClosed = status.Error(codes.Unavailable, "the service is shutting down")

// run is the committer.
func (s *Store) run() {
	defer close(s.done)
	for {
		select {
		case <-s.wake:
			s.commit()
		case <-s.stop:
			s.commit()
			return
		}
	}
}

// commit carries out all commits that wait, as one batch.
func (s *Store) commit() {
	b := s.begin()
	if b == nil {
		return
	}
	for _, p := range b.pending {
		p.time = b.tick()
		p.err = p.run(b, p.time)
	}
	var err error
	if len(b.changes) > 0 {
		if err = s.disk.write(b.changes, b.last); err != nil {
			s.log.Error("firestore: cannot write", "error", err)
			if err = diskfull.Refusal(err); err != diskfull.Err {
				err = status.Error(codes.Internal, "the commit could not be made durable")
			}
		}
	}
	s.end(b, err)
}

func (s *Store) begin() *batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return nil
	}
	b := &batch{store: s, pending: s.queue, working: map[resource.Database]*working{}}
	s.queue = nil
	s.writing, s.batchTime = true, s.clock.tick()
	return b
}

// end publishes the batch, or drops it if it could not be written, and answers.
func (s *Store) end(b *batch, err error) {
	s.mu.Lock()
	if err == nil {
		b.publish()
	}
	s.writing = false
	s.published.Broadcast()
	s.mu.Unlock()
	for _, p := range b.pending {
		if p.err == nil {
			p.err = err
		}
		close(p.done)
	}
}
