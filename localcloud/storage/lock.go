package storage

import "sync"

// keyedLock is a lock for each key. Its zero value is ready.
type keyedLock struct {
	mu   sync.Mutex
	held map[string]*heldLock
}

type heldLock struct {
	sync.Mutex
	wanted int // holders and waiters
}

// lock waits until key is free and returns what frees it.
func (k *keyedLock) lock(key string) (unlock func()) {
	k.mu.Lock()
	if k.held == nil {
		k.held = make(map[string]*heldLock)
	}
	l := k.held[key]
	if l == nil {
		l = new(heldLock)
		k.held[key] = l
	}
	l.wanted++
	k.mu.Unlock()
	l.Lock()
	return func() {
		l.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		if l.wanted--; l.wanted == 0 {
			delete(k.held, key)
		}
	}
}
