package idtoken

import (
	"context"
	"crypto/rsa"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	keysKept      = 24 * time.Hour   // how long keys serve after the last good fetch
	unknownPause  = 30 * time.Second // between two fetches for an unknown key id, or after a failed one
	coldPause     = time.Second      // between two fetches while there are no keys at all
	fetchTimeout  = 10 * time.Second
	minFreshness  = time.Minute
	noCacheHeader = 5 * time.Minute // the freshness of an answer that states none
)

// keySource holds the public keys that sign ID tokens. Keys serve while they are fetched anew, so a
// request waits for a fetch only when there is no key to judge it by: at the start, and once in a
// while for a key id never seen.
type keySource struct {
	url    string
	client *http.Client
	now    func() time.Time

	current atomic.Pointer[keySet] // nil until the first good fetch

	mu      sync.Mutex    // guards what follows; never held during a fetch
	running chan struct{} // closed when the running fetch ends; nil if none runs
	tried   time.Time     // start of the last fetch
	failure error         // of the last fetch
}

// keySet is immutable.
type keySet struct {
	keys    map[string]*rsa.PublicKey
	fetched time.Time
	stale   time.Time // when to fetch again
}

// key returns the key of kid. It returns ErrUnauthenticated if Google publishes no such key, and
// ErrUnavailable if that cannot be known because the last fetch failed.
func (s *keySource) key(ctx context.Context, kid string) (*rsa.PublicKey, error) {
	now := s.now()
	if k, stale := s.lookup(kid, now); k != nil {
		if stale {
			s.fetching(now, unknownPause)
		}
		return k, nil
	}
	pause := unknownPause
	if s.live(now) == nil {
		pause = coldPause
	}
	if running := s.fetching(now, pause); running != nil {
		select {
		case <-running:
		case <-ctx.Done():
			return nil, tenant.Unavailable("signing keys", ctx.Err())
		}
	}
	if k, _ := s.lookup(kid, now); k != nil {
		return k, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure != nil {
		return nil, tenant.Unavailable("signing keys", s.failure)
	}
	return nil, errKeyID
}

// live returns the current keys, nil if there are none or they are too old to trust.
func (s *keySource) live(now time.Time) *keySet {
	set := s.current.Load()
	if set == nil || now.Sub(set.fetched) >= keysKept {
		return nil
	}
	return set
}

func (s *keySource) lookup(kid string, now time.Time) (key *rsa.PublicKey, stale bool) {
	set := s.live(now)
	if set == nil {
		return nil, false
	}
	return set.keys[kid], !now.Before(set.stale)
}

// fetching returns a channel that is closed when the running fetch ends. It starts one if none runs
// and the last began at least pause ago; otherwise it returns nil.
func (s *keySource) fetching(now time.Time, pause time.Duration) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running != nil {
		return s.running
	}
	if now.Sub(s.tried) < pause {
		return nil
	}
	s.tried, s.running = now, make(chan struct{})
	go s.fetch(s.running)
	return s.running
}

// fetch belongs to no caller: the one who caused it may leave, and the others still want its keys.
func (s *keySource) fetch(done chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	keys, freshness, err := fetchKeys(ctx, s.client, s.url)
	if err == nil {
		now := s.now()
		s.current.Store(&keySet{keys: keys, fetched: now, stale: now.Add(freshness)})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure, s.running = err, nil
	close(done)
}
