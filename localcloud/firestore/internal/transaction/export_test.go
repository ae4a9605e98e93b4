package transaction

import (
	"runtime"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
)

// AwaitQueue returns once n transactions wait for the lock on a document.
func AwaitQueue(t *Table, db *store.Database, key resource.Key, n int) {
	for {
		t.mu.Lock()
		l := t.locks[lockKey{db, key}]
		waiting := l != nil && len(l.queue) == n
		t.mu.Unlock()
		if waiting {
			return
		}
		runtime.Gosched()
	}
}

// Locks returns how many locks are held.
func Locks(t *Table) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.locks)
}
