package intake

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// slots bound how many inspections go on at once, in all and for each tenant. A tenant whose files
// take long waits for itself before it waits for the others' places.
type slots struct {
	all *semaphore.Weighted
	per int

	mu      sync.Mutex
	tenants map[string]*tenantSlots
}

// tenantSlots are there as long as somebody waits or is in.
type tenantSlots struct {
	*semaphore.Weighted
	users int
}

func newSlots(all, per int) *slots {
	return &slots{all: semaphore.NewWeighted(int64(all)), per: per, tenants: map[string]*tenantSlots{}}
}

// enter waits for a place, and returns what leaves it.
func (s *slots) enter(ctx context.Context, tenant string) (leave func(), err error) {
	t := s.of(tenant)
	if err := t.Acquire(ctx, 1); err != nil {
		s.done(tenant)
		return nil, err
	}
	if err := s.all.Acquire(ctx, 1); err != nil {
		t.Release(1)
		s.done(tenant)
		return nil, err
	}
	return func() {
		s.all.Release(1)
		t.Release(1)
		s.done(tenant)
	}, nil
}

func (s *slots) of(tenant string) *tenantSlots {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tenants[tenant]
	if t == nil {
		t = &tenantSlots{Weighted: semaphore.NewWeighted(int64(s.per))}
		s.tenants[tenant] = t
	}
	t.users++
	return t
}

func (s *slots) done(tenant string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.tenants[tenant]; t.users > 1 {
		t.users--
	} else {
		delete(s.tenants, tenant)
	}
}
