package clienttoken

import (
	"context"
	"crypto/rsa"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	keysKept     = 24 * time.Hour   // how long keys serve after the last good fetch
	pause        = 10 * time.Second // between two fetches
	fetchTimeout = 10 * time.Second
	minFreshness = time.Minute
	freshUnsaid  = 5 * time.Minute // the freshness of an answer that states none
)

// keySource holds the public keys of one issuer. Keys serve while they are fetched anew, so a
// request waits for a fetch only when there is no key to judge it by: at the start, and for a key
// id that was never seen. For the latter the keys are fetched once in a pause at most, whoever
// makes ids up.
type keySource struct {
	url    string
	parse  func([]byte) (map[string]*rsa.PublicKey, error)
	client *http.Client
	now    func() time.Time

	mu      sync.Mutex // never held during a fetch
	keys    map[string]*rsa.PublicKey
	fetched time.Time
	stale   time.Time     // when to fetch again
	tried   time.Time     // start of the last fetch
	running chan struct{} // closed when the running fetch ends; nil if none runs
	failure error         // of the last fetch
}

// key returns the key of that id. It returns ErrRefused if the issuer publishes no such key, and
// ErrUnavailable if that cannot be known.
func (s *keySource) key(ctx context.Context, id string) (*rsa.PublicKey, error) {
	key, running := s.look(id)
	if key != nil {
		return key, nil
	}
	if running != nil {
		select {
		case <-running:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if key := s.live()[id]; key != nil {
		return key, nil
	}
	if s.failure != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, s.failure)
	}
	return nil, refused("key id")
}

// look returns the key, or the fetch that may bring it. It begins one if it is time.
func (s *keySource) look(id string) (*rsa.PublicKey, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	key := s.live()[id]
	if key != nil && now.Before(s.stale) {
		return key, nil
	}
	if s.running == nil && now.Sub(s.tried) >= pause {
		s.tried, s.running = now, make(chan struct{})
		go s.fetch(s.running)
	}
	return key, s.running
}

// live are the keys, unless they are too old to trust.
func (s *keySource) live() map[string]*rsa.PublicKey {
	if s.now().Sub(s.fetched) >= keysKept {
		return nil
	}
	return s.keys
}

// fetch belongs to no caller: the one who caused it may leave, and the others still want its keys.
func (s *keySource) fetch(done chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	body, fresh, err := get(ctx, s.client, s.url)
	var keys map[string]*rsa.PublicKey
	if err == nil {
		keys, err = s.parse(body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		now := s.now()
		s.keys, s.fetched, s.stale = keys, now, now.Add(fresh)
	}
	s.failure, s.running = err, nil
	close(done)
}
