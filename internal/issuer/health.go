package issuer

import (
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Fetch is one attempt to fetch a key set.
type Fetch struct {
	At      time.Time
	OK      bool
	Outcome string // one plain sentence
	Keys    int    // that can be used; 0 unless OK
	Skipped int    // that cannot
}

// Health is how a tenant's issuer fares in this process.
type Health struct {
	JWKS    string
	Fetches []Fetch       // the last three, the newest first
	Keys    int           // that serve now
	Age     time.Duration // of the keys that serve; 0 without any
	Stale   bool          // they are older than 5 minutes, and serve only because fetching fails
	Next    time.Time     // when a use fetches again, at the earliest; zero while a fetch runs
}

// Health returns how the tenant's issuer fares. ok is false if this process has not used it within
// the hour. Of several addresses of key sets it tells of the one used last.
func (k *Keys) Health(id tenant.ID, issuer string) (h Health, ok bool) {
	k.mu.RLock()
	var s *source
	for _, one := range k.tenants[id] {
		if one.issuer == issuer && (s == nil || one.used.Load() >= s.used.Load()) {
			s = one
		}
	}
	k.mu.RUnlock()
	if s == nil {
		return Health{}, false
	}
	now := k.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	h.JWKS = s.jwks
	for _, f := range s.fetches {
		if !f.At.IsZero() {
			h.Fetches = append(h.Fetches, f)
		}
	}
	set := s.current.Load()
	if set != nil && now.Sub(set.fetched) < kept {
		h.Keys, h.Age = len(set.keys), now.Sub(set.fetched)
		h.Stale = h.Age >= fresh
	}
	switch {
	case s.running != nil:
	case s.failures > 0:
		h.Next = s.tried.Add(s.pause())
	case set != nil:
		h.Next = set.fetched.Add(ahead)
	}
	return h, true
}
