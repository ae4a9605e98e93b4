package issuer

import (
	"sync"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// A lane runs fetches: a bounded number at a time, of each tenant a smaller one, and in turns, so
// that a tenant with many waiting delays another's by one of its own at most.
type lane struct {
	mu    sync.Mutex // never held during a fetch
	free  int
	share int
	of    map[tenant.ID]*turn // tenants with fetches that run or wait
	ready []tenant.ID         // whose turn it is: they have fetches waiting and may run one more
}

type turn struct {
	running int
	waiting []func()
	queued  bool // in ready
}

func newLane(slots, share int) *lane {
	return &lane{free: slots, share: share, of: map[tenant.ID]*turn{}}
}

// submit has fetch run as soon as it is the tenant's turn. It does not wait.
func (l *lane) submit(id tenant.ID, fetch func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.of[id]
	if t == nil {
		t = new(turn)
		l.of[id] = t
	}
	t.waiting = append(t.waiting, fetch)
	l.queue(id, t)
	l.dispatch()
}

// queue and dispatch are called with the lock held.
func (l *lane) queue(id tenant.ID, t *turn) {
	if !t.queued && len(t.waiting) > 0 && t.running < l.share {
		t.queued = true
		l.ready = append(l.ready, id)
	}
}

func (l *lane) dispatch() {
	for l.free > 0 && len(l.ready) > 0 {
		id := l.ready[0]
		l.ready = l.ready[1:]
		t := l.of[id]
		fetch := t.waiting[0]
		t.waiting[0] = nil
		t.waiting = t.waiting[1:]
		t.queued = false
		t.running++
		l.free--
		l.queue(id, t) // behind the others
		go l.run(id, t, fetch)
	}
}

func (l *lane) run(id tenant.ID, t *turn, fetch func()) {
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		t.running--
		l.free++
		if t.running == 0 && len(t.waiting) == 0 {
			delete(l.of, id)
		} else {
			l.queue(id, t)
		}
		l.dispatch()
	}()
	fetch()
}
