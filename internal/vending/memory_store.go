package vending

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// compartmentMemory is all that is remembered for one tenant. The zero one is ready. Once closed it
// takes nothing: a grant may be held after its compartment went, and nobody would find its entries
// to forget them.
type compartmentMemory struct {
	mu     sync.Mutex
	closed bool
	stores map[int64]memoryStore // by declaration
	forgot int64                 // counts what was forgotten on purpose, over all stores
}

type memoryStore interface{ Len() int }

// store is what one Memory holds for one tenant.
type store[K comparable, V any] struct {
	kept *simplelru.LRU[scopedKey[K], entry[V]]
}

// Len is the number of entries, those that have expired included.
func (s *store[K, V]) Len() int { return s.kept.Len() }

type scopedKey[K comparable] struct {
	rights rights
	key    K
}

type entry[V any] struct {
	value V
	until time.Time
}

// always is the count at which put does not ask whether anything was forgotten.
const always = -1

// get is Get; since is what to tell put if there is nothing.
func (e Entries[K, V]) get(ctx context.Context, key K) (value V, ok bool, since int64, err error) {
	if err := e.permit(ctx); err != nil {
		return value, false, 0, err
	}
	home := e.owner.home
	home.memory.mu.Lock()
	defer home.memory.mu.Unlock()
	s := e.store()
	if s == nil {
		return value, false, 0, nil
	}
	scoped := scopedKey[K]{e.owner.rights, key}
	found, ok := s.kept.Get(scoped)
	if ok && !home.machine.now().Before(found.until) {
		s.kept.Remove(scoped)
		home.machine.remembered.Add(-1)
		return value, false, home.memory.forgot, nil
	}
	return found.value, ok, home.memory.forgot, nil
}

// put remembers a value, unless something was forgotten since.
func (e Entries[K, V]) put(key K, value V, since int64) {
	home := e.owner.home
	m := home.machine
	until := m.now().Add(e.memory.life)
	home.memory.mu.Lock()
	if s := e.store(); s != nil && (since == always || since == home.memory.forgot) {
		before := s.kept.Len()
		s.kept.Add(scopedKey[K]{e.owner.rights, key}, entry[V]{value, until})
		m.remembered.Add(int64(s.kept.Len() - before))
	}
	home.memory.mu.Unlock()
	m.makeRoom()
}

// store returns where the entries are, made if need be; nil if the compartment remembers nothing.
// The lock is held.
func (e Entries[K, V]) store() *store[K, V] {
	all := &e.owner.home.memory
	if all.closed || e.memory.id == 0 {
		return nil
	}
	if known, ok := all.stores[e.memory.id]; ok {
		return known.(*store[K, V]) // an id is given to one declaration, so to one K and V
	}
	kept, err := simplelru.NewLRU[scopedKey[K], entry[V]](e.memory.entries, nil)
	if err != nil {
		panic("vending: " + err.Error()) // NewMemory lets no size pass that is not positive
	}
	made := &store[K, V]{kept: kept}
	if all.stores == nil {
		all.stores = make(map[int64]memoryStore)
	}
	all.stores[e.memory.id] = made
	return made
}

// forgetEntries forgets all that is remembered for the tenant; for good, if the compartment goes.
// It returns how many entries.
func (c *compartment) forgetEntries(forGood bool) (n int) {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	for _, s := range c.memory.stores {
		n += s.Len()
	}
	c.memory.stores, c.memory.closed = nil, c.memory.closed || forGood
	c.machine.remembered.Add(-int64(n))
	return n
}

// makeRoom drops what is remembered for some tenants, chosen at random, until the machine remembers
// no more than it may.
func (m *Machine) makeRoom() {
	if m.remembered.Load() <= m.memorySize {
		return
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, c := range m.warm { // in random order
		if m.remembered.Load() <= m.memorySize {
			return
		}
		c.forgetEntries(false)
	}
}
