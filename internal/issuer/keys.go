package issuer

import (
	"context"
	"crypto"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/outbound"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

const (
	defaultPerTenant = 8
	defaultTotal     = 50_000
	unused           = time.Hour   // after which a set goes
	sweepPause       = time.Minute // between two looks for such sets

	slotsProven   = 32 // fetches at a time, by how the source's last fetch went
	slotsUnproven = 64
	slotsFailing  = 16
	slotsTenant   = 2 // of each, for one tenant
)

// KeysConfig configures Keys.
type KeysConfig struct {
	Client    *outbound.Client
	Now       func() time.Time // nil: time.Now
	PerTenant int              // key sets of one tenant at a time; 0: 8
	Total     int              // key sets of all tenants at a time; 0: 50,000
}

// Keys keeps the key sets of the tenants' issuers in memory.
//
//   - A set belongs to a tenant, an issuer and an address together.
//   - It is fetched every 5 minutes while it is used. Only while fetching fails does an older one
//     serve, for 24 hours at most. An error never takes its place.
//   - Attempts are limited, not successes: after a failed one the next waits 5 s, then longer,
//     up to a minute. A key id that the set lacks has it fetched at most once in 30 seconds. A bad
//     signature by a known key fetches nothing.
//   - Those who want the same set wait for the same fetch. Fetches are bounded in number, over all
//     and of each tenant, and tenants take turns; what failed last time has places of its own, so
//     that dead issuers delay no live one.
//   - Memory is bounded: a set that is not used for an hour goes; a tenant has PerTenant sets at
//     most and pushes out its own.
//
// Safe for concurrent use.
type Keys struct {
	client *outbound.Client
	now    func() time.Time

	perTenant, total          int
	proven, unproven, failing *lane

	nextSweep atomic.Int64 // Unix seconds

	mu      sync.RWMutex // guards what follows; never held during a fetch
	tenants map[tenant.ID][]*source
	count   int
}

// NewKeys returns Keys that have fetched nothing yet. It returns ErrInvalid without a client or for
// a negative bound.
func NewKeys(cfg KeysConfig) (*Keys, error) {
	if cfg.Client == nil || cfg.PerTenant < 0 || cfg.Total < 0 {
		return nil, tenant.Invalid("keys: client or bounds")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.PerTenant == 0 {
		cfg.PerTenant = defaultPerTenant
	}
	if cfg.Total == 0 {
		cfg.Total = defaultTotal
	}
	return &Keys{
		client: cfg.Client, now: cfg.Now, perTenant: cfg.PerTenant, total: cfg.Total,
		proven: newLane(slotsProven, slotsTenant), unproven: newLane(slotsUnproven, slotsTenant),
		failing: newLane(slotsFailing, slotsTenant),
		tenants: map[tenant.ID][]*source{},
	}, nil
}

// key returns the public key for a token. It fetches if it must.
func (k *Keys) key(ctx context.Context, e *Expect, kid, algorithm string) (crypto.PublicKey, error) {
	if kid == "" {
		return nil, refuse(StepKey, "The token does not name its key; have the issuer send a kid.")
	}
	s := k.source(e.Tenant, e.Issuer, e.JWKS)
	set, err := k.set(ctx, s)
	if err != nil {
		return nil, err
	}
	public, known := set.find(kid, algorithm)
	if !known {
		if set, err = k.anew(ctx, s); err != nil {
			return nil, err
		}
		public, known = set.find(kid, algorithm)
	}
	switch {
	case !known:
		return nil, refuse(StepKey, "The token is signed by a key that the issuer does not publish.")
	case public == nil:
		return nil, refuse(StepKey, "The token's key is not meant for the token's algorithm.")
	}
	return public, nil
}

// source returns the source of a key set. It makes one if there is none.
func (k *Keys) source(id tenant.ID, issuer, jwks string) *source {
	now := k.now()
	if next := k.nextSweep.Load(); now.Unix() >= next &&
		k.nextSweep.CompareAndSwap(next, now.Add(sweepPause).Unix()) {
		k.sweep(now)
	}
	k.mu.RLock()
	s := find(k.tenants[id], issuer, jwks)
	k.mu.RUnlock()
	if s == nil {
		s = k.add(id, issuer, jwks, now)
	}
	s.used.Store(now.Unix())
	return s
}

func find(sources []*source, issuer, jwks string) *source {
	for _, s := range sources {
		if s.issuer == issuer && s.jwks == jwks {
			return s
		}
	}
	return nil
}

func (k *Keys) add(id tenant.ID, issuer, jwks string, now time.Time) *source {
	k.mu.Lock()
	defer k.mu.Unlock()
	own := k.tenants[id]
	if s := find(own, issuer, jwks); s != nil { // another was faster
		return s
	}
	if len(own) >= k.perTenant || k.count >= k.total {
		k.evict(id)
	}
	s := &source{tenant: id, issuer: issuer, jwks: jwks}
	s.used.Store(now.Unix())
	k.tenants[id] = append(k.tenants[id], s)
	k.count++
	return s
}

// evict removes the longest unused set of the tenant itself; of the tenant with the most sets, if
// this one has none. It is called with the lock held.
func (k *Keys) evict(id tenant.ID) {
	if len(k.tenants[id]) == 0 {
		for other, sources := range k.tenants {
			if len(sources) > len(k.tenants[id]) {
				id = other
			}
		}
	}
	own := k.tenants[id]
	oldest := 0
	for i, s := range own {
		if s.used.Load() < own[oldest].used.Load() {
			oldest = i
		}
	}
	k.replace(id, slices.Delete(slices.Clone(own), oldest, oldest+1))
}

// sweep removes what has not been used for an hour.
func (k *Keys) sweep(now time.Time) {
	before := now.Add(-unused).Unix()
	old := func(s *source) bool { return s.used.Load() < before }
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, own := range k.tenants {
		if slices.ContainsFunc(own, old) {
			k.replace(id, slices.DeleteFunc(slices.Clone(own), old))
		}
	}
}

// replace is called with the lock held.
func (k *Keys) replace(id tenant.ID, sources []*source) {
	k.count += len(sources) - len(k.tenants[id])
	if len(sources) == 0 {
		delete(k.tenants, id)
		return
	}
	k.tenants[id] = sources
}
