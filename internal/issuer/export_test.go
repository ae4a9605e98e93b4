package issuer

import "github.com/bulkhead-saas/bulkhead/internal/tenant"

// Quiet waits until no fetch runs or waits for its turn.
func (k *Keys) Quiet() {
	k.mu.RLock()
	var all []*source
	for _, own := range k.tenants {
		all = append(all, own...)
	}
	k.mu.RUnlock()
	for _, s := range all {
		s.mu.Lock()
		running := s.running
		s.mu.Unlock()
		if running != nil {
			<-running
		}
	}
}

// Count is how many key sets are kept, and how many of them are the tenant's.
func (k *Keys) Count(id tenant.ID) (all, own int) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.count, len(k.tenants[id])
}

// Lane is the lane of fetches, alone.
type Lane = lane

// NewLane makes a lane.
func NewLane(slots, share int) *Lane { return newLane(slots, share) }

// Submit submits a fetch.
func (l *lane) Submit(id tenant.ID, fetch func()) { l.submit(id, fetch) }

// Parse parses a token and returns what its header and its claims say of it.
func Parse(raw string) (iss, alg, kid string, err error) {
	t, err := parse(raw)
	if err != nil {
		return "", "", "", err
	}
	return string(t.Issuer), string(t.Algorithm), string(t.KeyID), nil
}
