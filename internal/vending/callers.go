package vending

import (
	"sync/atomic"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
)

const (
	// maxCallers bounds the callers kept warm in one compartment, so that one tenant's crowd costs
	// nobody else anything. MachineConfig.Callers bounds those of all tenants together.
	maxCallers = 1024
	// recentCallers of a compartment are found without its lock. A power of two.
	recentCallers = 8
)

// slot is where a caller of this key is found without the lock, if no other caller has taken the
// place.
func (c *compartment) slot(k *callerKey) *atomic.Pointer[caller] {
	var spread byte
	if user := k.user.String(); user != "" {
		spread = user[len(user)-1]
	}
	return &c.recent[(spread+byte(k.method))%recentCallers]
}

// lookup returns the caller of this key if it is warm.
func (c *compartment) lookup(k *callerKey) *caller {
	slot := c.slot(k)
	if known := slot.Load(); known != nil && known.key == *k {
		return known
	}
	c.mu.RLock()
	known := c.callers[*k]
	c.mu.RUnlock()
	if known != nil {
		slot.Store(known)
	}
	return known
}

// all returns the warm callers.
func (c *compartment) all() []*caller {
	c.mu.RLock()
	defer c.mu.RUnlock()
	callers := make([]*caller, 0, len(c.callers))
	for _, caller := range c.callers {
		callers = append(callers, caller)
	}
	return callers
}

// callerOf returns p's caller, and whether it had to be made. The compartment must be in p's
// region.
func (c *compartment) callerOf(p tenancy.Principal) (_ *caller, fresh bool, err error) {
	key := keyOf(p)
	if known := c.lookup(&key); known != nil {
		known.vendedWarm()
		return known, false, nil
	}
	made, err := c.newCaller(p)
	if err != nil {
		return nil, false, err
	}
	known, dropped := c.add(made)
	c.machine.report(dropped...)
	if known != made {
		known.vendedWarm()
		return known, false, nil
	}
	c.machine.limitCallers()
	return made, true, nil
}

// add keeps a caller, unless there is one of its key: then it returns that one. It also returns the
// callers that had to make room.
func (c *compartment) add(made *caller) (known *caller, dropped []*caller) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.callers[made.key]; ok {
		return known, nil
	}
	if len(c.callers) >= maxCallers {
		dropped = c.evict(1)
	}
	c.callers[made.key] = made
	c.slot(&made.key).Store(made)
	if c.retired {
		made.gone.Store(true)
	} else {
		c.machine.callers.Add(1)
	}
	return made, dropped
}

// dropExpired forgets the callers whose token has expired, and returns them.
func (c *compartment) dropExpired() (dropped []*caller) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.evict(0)
}

// evict forgets the callers whose token has expired, and others until there are n fewer. It returns
// those that it forgot. Grants that they hold go on working. The lock is held.
func (c *compartment) evict(n int) (dropped []*caller) {
	now := c.machine.now()
	for _, known := range c.callers {
		if !known.principal.Valid(now) {
			dropped = append(dropped, known)
			c.drop(known)
		}
	}
	for _, known := range c.callers {
		if len(dropped) >= n {
			break
		}
		dropped = append(dropped, known)
		c.drop(known)
	}
	return dropped
}

func (c *compartment) drop(gone *caller) {
	delete(c.callers, gone.key)
	c.slot(&gone.key).CompareAndSwap(gone, nil)
	gone.gone.Store(true)
	if !c.retired {
		c.machine.callers.Add(-1)
	}
}

// retire is for a compartment that is no longer found. Its memory is forgotten, and its callers'
// counts are reported: those from before now, and later ones one by one.
func (m *Machine) retire(c *compartment) {
	m.leave(c)
	m.report(c.all()...)
}

// leave is retire without the report.
func (m *Machine) leave(c *compartment) {
	c.forgetEntries(true)
	c.mu.Lock()
	if !c.retired {
		c.retired = true
		m.callers.Add(-int64(len(c.callers)))
	}
	for _, known := range c.callers {
		known.gone.Store(true)
	}
	c.mu.Unlock()
}

// limitCallers forgets callers as long as there are more than the machine may keep: those of the
// tenant that has most, among a few chosen at random.
func (m *Machine) limitCallers() {
	const looks = 16
	for m.callers.Load() > m.callersSize {
		var fullest *compartment
		most, n := 0, 0
		m.mu.RLock()
		for _, c := range m.warm { // in random order
			c.mu.RLock()
			size := len(c.callers)
			c.mu.RUnlock()
			if size > most {
				fullest, most = c, size
			}
			if n++; n == looks && fullest != nil {
				break
			}
		}
		m.mu.RUnlock()
		if fullest == nil {
			return
		}
		fullest.mu.Lock()
		dropped := fullest.evict(1)
		fullest.mu.Unlock()
		m.report(dropped...)
	}
}

// vendedWarm counts a vend from the cache. The count of a caller that is no longer found is
// reported at once, for nobody comes back to it.
func (c *caller) vendedWarm() {
	c.warm.Add(1)
	if c.gone.Load() {
		c.home.machine.report(c)
	}
}
