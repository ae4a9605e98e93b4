package vending

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// rereadsAtOnce is how many vault objects of one region are read again at a time.
const rereadsAtOnce = 8

// tend keeps the warm tenants fresh until ctx ends: their vault objects are read again before they
// are older than Reread, and a tenant that nobody was vended from since is forgotten instead.
func (m *Machine) tend(ctx context.Context) {
	defer close(m.stopped)
	var reading sync.WaitGroup
	defer reading.Wait()
	tick := time.NewTicker(m.reread / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			m.rereadAll(ctx, &reading)
		}
	}
}

// rereadAll begins to read again what is due, each region by itself: a vault that does not answer
// holds up no other region's. A region that is still at its last pass is left to it. What needs no
// vault is done for all: expired callers are dropped, and counts reported.
func (m *Machine) rereadAll(ctx context.Context, reading *sync.WaitGroup) {
	due := make(map[tenant.Region][]*compartment)
	latest := m.now().Add(-m.reread / 2).UnixNano()
	for _, c := range m.compartments() {
		m.report(c.dropExpired()...)
		if c.read.Load() > latest {
			continue
		}
		m.report(c.all()...)
		due[c.cell.Region] = append(due[c.cell.Region], c)
	}
	for region, all := range due {
		if !m.beginRegion(region) {
			continue
		}
		reading.Go(func() {
			defer m.endRegion(region)
			m.rereadRegion(ctx, all)
		})
	}
}

func (m *Machine) rereadRegion(ctx context.Context, due []*compartment) {
	var group errgroup.Group
	group.SetLimit(rereadsAtOnce)
	for _, c := range due {
		if ctx.Err() != nil {
			break
		}
		if !c.used.Swap(false) {
			m.forget(c)
			continue
		}
		group.Go(func() error {
			if key := c.key.Load(); key != nil {
				if _, err := c.refresh(ctx, key, false); err != nil && ctx.Err() == nil {
					m.log.WarnContext(ctx, "vending: vault not read again", "tenant", c.tenant.String(), "error", err)
				}
			}
			return nil
		})
	}
	_ = group.Wait() // no function returns an error
}

func (m *Machine) beginRegion(r tenant.Region) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rereading[r] {
		return false
	}
	m.rereading[r] = true
	return true
}

func (m *Machine) endRegion(r tenant.Region) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.rereading, r)
}

// compartments returns the warm tenants.
func (m *Machine) compartments() []*compartment {
	m.mu.RLock()
	defer m.mu.RUnlock()
	warm := make([]*compartment, 0, len(m.warm))
	for _, c := range m.warm {
		warm = append(warm, c)
	}
	return warm
}
