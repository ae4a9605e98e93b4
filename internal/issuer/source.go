package issuer

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/outbound"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

const (
	ahead        = 4 * time.Minute  // age at which a use has the set fetched, without waiting for it
	fresh        = 5 * time.Minute  // age up to which a set serves
	kept         = 24 * time.Hour   // age up to which it serves while fetching fails
	unknownPause = 30 * time.Second // from any fetch to one for an unknown key id
	firstPause   = 5 * time.Second  // after a failed fetch; doubled by each further one, up to
	longestPause = time.Minute
	longestWait  = 10 * time.Second // of one caller for one fetch, its turn included
	remembered   = 3                // fetches that health shows
)

// source is the key set of one tenant's issuer at one address.
type source struct {
	tenant       tenant.ID
	issuer, jwks string

	used    atomic.Int64 // Unix seconds
	current atomic.Pointer[keySet]

	mu       sync.Mutex    // guards what follows; never held during a fetch
	running  chan struct{} // closed when the running fetch ends; nil if none runs
	tried    time.Time     // start of the last fetch
	failures int           // fetches that failed since the last good one
	failed   time.Time     // end of the last that failed
	failure  error         // of the last fetch
	fetches  [remembered]Fetch
}

// set returns keys that may serve now, or why there are none. It waits for a fetch only when those
// at hand are too old, and it is not known already that fetching fails.
func (k *Keys) set(ctx context.Context, s *source) (*keySet, error) {
	now := k.now()
	set := s.current.Load()
	if set != nil && now.Sub(set.fetched) < ahead {
		return set, nil
	}
	s.mu.Lock()
	failing := s.failures > 0 && now.Sub(s.failed) < fresh
	running := k.start(s, now, s.pause())
	s.mu.Unlock()
	if set != nil && (now.Sub(set.fetched) < fresh || failing && now.Sub(set.fetched) < kept) {
		return set, nil
	}
	if running != nil {
		if err := wait(ctx, running); err != nil {
			return nil, err
		}
	}
	set = s.current.Load()
	if set != nil && k.now().Sub(set.fetched) < kept {
		return set, nil
	}
	return nil, s.unavailable()
}

// anew returns the keys after a fetch for a key id that the ones at hand lack: the same ones if
// none is due.
func (k *Keys) anew(ctx context.Context, s *source) (*keySet, error) {
	s.mu.Lock()
	running := k.start(s, k.now(), max(unknownPause, s.pause()))
	s.mu.Unlock()
	if running != nil {
		if err := wait(ctx, running); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	failing := s.failures > 0
	s.mu.Unlock()
	if failing { // whether the key exists cannot be known
		return nil, s.unavailable()
	}
	return s.current.Load(), nil
}

// wait waits for a fetch, for longestWait at most: one that takes longer counts as failing. It
// returns an error if the caller gave up.
func wait(ctx context.Context, running <-chan struct{}) error {
	timer := time.NewTimer(longestWait)
	defer timer.Stop()
	select {
	case <-running:
	case <-timer.C:
	case <-ctx.Done():
		return unavailable("The issuer's keys did not arrive in time; try again.", ctx.Err())
	}
	return nil
}

// pause is the shortest time from the last attempt to the next. It is called with the lock held.
func (s *source) pause() time.Duration {
	if s.failures == 0 {
		return 0
	}
	return min(firstPause<<min(s.failures-1, 10), longestPause)
}

func (s *source) unavailable() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return unavailable("The issuer's keys cannot be fetched; its health page says why.", s.failure)
}

// start returns a channel that is closed when the running fetch ends. It starts one if none runs
// and the last attempt began at least pause ago; otherwise it returns nil. It is called with the
// source's lock held.
func (k *Keys) start(s *source, now time.Time, pause time.Duration) <-chan struct{} {
	if s.running != nil {
		return s.running
	}
	if !s.tried.IsZero() && now.Sub(s.tried) < pause {
		return nil
	}
	through := k.proven
	switch {
	case s.failures > 0:
		through = k.failing
	case s.current.Load() == nil:
		through = k.unproven
	}
	s.tried, s.running = now, make(chan struct{})
	done := s.running
	through.submit(s.tenant, func() { k.fetch(s, done) })
	return done
}

// fetch belongs to no caller: the one who caused it may leave, and the others still want its keys.
func (k *Keys) fetch(s *source, done chan struct{}) {
	at := k.now()
	body, err := k.client.GetJSON(context.Background(), s.jwks, maxSet)
	var set *keySet
	if err == nil {
		set, err = parseSet(body, at) // as old as the question, not as the answer
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer close(done)
	f := Fetch{At: at, Outcome: sentenceOf(err)}
	if err == nil {
		s.current.Store(set)
		s.failures = 0
		f.OK, f.Keys, f.Skipped = true, len(set.keys), set.skipped
	} else {
		s.failures++
		s.failed = k.now()
	}
	copy(s.fetches[1:], s.fetches[:])
	s.fetches[0] = f
	s.failure, s.running = err, nil
}

func sentenceOf(err error) string {
	var ours *outbound.Error
	switch {
	case err == nil:
		return "The keys were fetched."
	case errors.As(err, &ours):
		return ours.Sentence
	}
	return err.Error() // of parseSet
}
