package ledger

import (
	"crypto/rand"
	"maps"
	"sync"
	"time"
)

const (
	laneSize   = 2048        // rows of one lane that wait to be written
	queueSize  = 16_384      // rows of all lanes together
	sumTime    = time.Minute // repeats of a refusal are summed for so long
	recentSize = 512         // refusals of one lane whose repeats are summed
)

// queue holds the rows that wait to be written. Each tenant has two lanes, one for alerts and one
// for all else. The lanes take turns, and each has room for so many rows: who fills a lane loses
// what does not fit in it, and nothing of another's. Safe for concurrent use.
type queue struct {
	wake chan struct{} // has a value when there may be something to do

	mu      sync.Mutex
	lanes   map[laneKey]*lane
	turns   []laneKey // the lanes in which rows wait, the next one first
	waiting int       // rows, in all lanes
	closed  bool

	lost   int64            // rows
	unsaid map[string]int64 // rows that are lost and not yet reported, by tenant

	epoch  uint64         // is one more after each mark
	open   map[uint64]int // rows that wait or are being written, by the epoch in which they came
	marked map[uint64]chan struct{}
}

type laneKey struct {
	tenant string
	alert  bool
}

// lane is what one tenant has in the queue.
type lane struct {
	waiting []*entry
	recent  map[sumKey]*entry // refusals whose repeats are summed
}

// sumKey is what two refusals have in common that are summed. The lane says the tenant.
type sumKey struct {
	subject, reason string
	decision        Decision
}

// entry is a row that is, or was, in the queue.
type entry struct {
	row    Row
	epoch  uint64
	waits  bool // to be written
	grown  bool // repeats were counted after it was taken to be written
	stored bool
}

// job is an entry that is to be written, with the row as it was when it was taken.
type job struct {
	entry  *entry
	row    Row
	epoch  uint64
	stored bool // an earlier form of the row is stored
}

func newQueue() *queue {
	return &queue{
		wake:   make(chan struct{}, 1),
		lanes:  map[laneKey]*lane{},
		unsaid: map[string]int64{},
		open:   map[uint64]int{},
		marked: map[uint64]chan struct{}{},
	}
}

// add queues a row, or counts it to one of which it is a repeat.
func (q *queue) add(r Row) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		q.lose(r.Tenant, 1)
		return
	}
	key := laneKey{r.Tenant, r.Alert}
	of := q.lanes[key]
	if of == nil {
		of = &lane{recent: map[sumKey]*entry{}}
		q.lanes[key] = of
	}
	sum := sumKey{r.Subject, r.Reason, r.Decision}
	summed := r.Decision == Denied || r.Decision == Failed
	if known := of.recent[sum]; summed && known != nil {
		if !over(known, r.Time) {
			known.row.Count++
			known.row.Last = r.Time
			known.grown = !known.waits
			return
		}
		q.settle(key, of, sum, known)
	}
	if summed {
		r.Count = 1
	}
	r.ID = r.Time.UTC().Format(rowTime) + "-" + rand.Text()[:10]
	made := &entry{row: r}
	if q.push(key, of, made) && summed && len(of.recent) < recentSize {
		of.recent[sum] = made
	}
	q.tidy(key, of)
}

// over reports whether a refusal at a time is no repeat of e any more.
func over(e *entry, at time.Time) bool {
	since := at.Sub(e.row.Time)
	return since < 0 || since >= sumTime
}

// push has an entry wait in its lane. It reports false if there is no room: then the row is lost.
// A queue that is full takes a row at the cost of the longest lane.
func (q *queue) push(key laneKey, of *lane, e *entry) bool {
	if len(of.waiting) >= laneSize {
		q.lose(key.tenant, 1)
		return false
	}
	if q.waiting >= queueSize {
		longest, most := key, of
		for k, l := range q.lanes {
			if len(l.waiting) > len(most.waiting) {
				longest, most = k, l
			}
		}
		if most == of {
			q.lose(key.tenant, 1)
			return false
		}
		q.dropNewest(longest, most)
	}
	if len(of.waiting) == 0 {
		q.turns = append(q.turns, key)
	}
	e.waits, e.grown, e.epoch = true, false, q.epoch
	of.waiting = append(of.waiting, e)
	q.waiting++
	q.open[q.epoch]++
	q.rouse()
	return true
}

// dropNewest loses the last row of a lane. The lane has more than one.
func (q *queue) dropNewest(key laneKey, of *lane) {
	last := len(of.waiting) - 1
	e := of.waiting[last]
	of.waiting[last] = nil
	of.waiting = of.waiting[:last]
	q.waiting--
	e.waits = false
	q.forget(of, e)
	q.close(e.epoch)
	q.lose(key.tenant, 1)
}

// take returns at most n rows to be written, of each lane in turn.
func (q *queue) take(n int) (jobs []job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(jobs) < n && len(q.turns) > 0 {
		key := q.turns[0]
		q.turns = q.turns[1:]
		of := q.lanes[key]
		e := of.waiting[0]
		of.waiting[0] = nil
		of.waiting = of.waiting[1:]
		q.waiting--
		if len(of.waiting) > 0 {
			q.turns = append(q.turns, key)
		} else {
			of.waiting = nil
		}
		e.waits = false
		jobs = append(jobs, job{entry: e, row: e.row, epoch: e.epoch, stored: e.stored})
		q.tidy(key, of)
	}
	return jobs
}

// finish notes what became of a row that was taken.
func (q *queue) finish(j job, stored bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if stored {
		j.entry.stored = true
	} else {
		q.lose(j.row.Tenant, 1)
		if of := q.lanes[laneKey{j.row.Tenant, j.row.Alert}]; of != nil {
			q.forget(of, j.entry)
		}
	}
	q.close(j.epoch)
}

// settleAll has the counts that have grown be written: of refusals whose minute is over, or of all.
func (q *queue) settleAll(now time.Time, all bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.settleThose(func(e *entry) bool { return all || over(e, now) }, func(e *entry) bool { return over(e, now) })
}

func (q *queue) settleThose(write, end func(*entry) bool) {
	for key, of := range maps.Clone(q.lanes) {
		for sum, e := range maps.Clone(of.recent) {
			if write(e) && e.grown {
				q.push(key, of, e)
			}
			if end(e) {
				delete(of.recent, sum)
			}
		}
		q.tidy(key, of)
	}
}

// settle ends the summing of one refusal.
func (q *queue) settle(key laneKey, of *lane, sum sumKey, e *entry) {
	if e.grown {
		q.push(key, of, e)
	}
	delete(of.recent, sum)
}

// forget ends the summing of a refusal whose row is lost.
func (q *queue) forget(of *lane, e *entry) {
	sum := sumKey{e.row.Subject, e.row.Reason, e.row.Decision}
	if of.recent[sum] == e {
		delete(of.recent, sum)
	}
}

// tidy forgets a lane that has nothing.
func (q *queue) tidy(key laneKey, of *lane) {
	if len(of.waiting) == 0 && len(of.recent) == 0 {
		delete(q.lanes, key)
	}
}

// mark returns a channel that is closed when the rows that were added before are stored or lost.
func (q *queue) mark() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.settleThose(func(*entry) bool { return true }, func(*entry) bool { return false })
	reached := make(chan struct{})
	q.marked[q.epoch] = reached
	q.epoch++
	q.reach()
	return reached
}

// close notes that a row of an epoch neither waits nor is being written.
func (q *queue) close(epoch uint64) {
	if q.open[epoch]--; q.open[epoch] == 0 {
		delete(q.open, epoch)
		q.reach()
	}
}

// reach closes the marks before which nothing is open.
func (q *queue) reach() {
	for at, reached := range q.marked {
		before := false
		for epoch := range q.open {
			before = before || epoch <= at
		}
		if !before {
			close(reached)
			delete(q.marked, at)
		}
	}
}

// shut takes no more rows, and loses those that wait.
func (q *queue) shut() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for key, of := range q.lanes {
		for _, e := range of.waiting {
			q.close(e.epoch)
		}
		q.lose(key.tenant, int64(len(of.waiting)))
	}
	clear(q.lanes)
	q.turns, q.waiting = nil, 0
}

// lose counts rows that are lost.
func (q *queue) lose(tenant string, rows int64) {
	if rows == 0 {
		return
	}
	q.lost += rows
	q.unsaid[tenant] += rows
	q.rouse()
}

// losses returns how many rows are lost in all, and how many of each tenant since it was asked
// last.
func (q *queue) losses() (all int64, since map[string]int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	since = q.unsaid
	q.unsaid = map[string]int64{}
	return q.lost, since
}

func (q *queue) rouse() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}
