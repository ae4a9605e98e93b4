package fault

import (
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
)

// Injector holds the rules of a cloud. It is safe for concurrent use.
type Injector struct {
	closing sync.Once
	closed  chan struct{}
	some    atomic.Bool // there are rules; most clouds never have one

	mu     sync.Mutex
	faults []*Fault
	last   int
}

// Fault is a rule in force, until it is removed.
type Fault struct {
	id       string
	rule     Rule
	matches  func(Call) bool
	hits     atomic.Int64
	injector *Injector
}

// New returns an injector without rules.
func New() *Injector { return &Injector{closed: make(chan struct{})} }

// Add puts a rule in force. Of several that match a call, the one that was added first strikes.
func (i *Injector) Add(r Rule) *Fault {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.last++
	f := &Fault{id: strconv.Itoa(i.last), rule: r, matches: r.matcher(), injector: i}
	i.faults = append(i.faults, f)
	i.some.Store(true)
	return f
}

// Clear removes every rule. Calls that are being delayed are not let go.
func (i *Injector) Clear() { i.remove(func(*Fault) bool { return true }) }

// Close ends every delay, and the calls that wait in it with Unavailable.
func (i *Injector) Close() { i.closing.Do(func() { close(i.closed) }) }

// Hits returns how many calls the rule has struck.
func (f *Fault) Hits() int { return int(f.hits.Load()) }

// Remove takes the rule out of force. Its hits stay known.
func (f *Fault) Remove() { f.injector.remove(func(other *Fault) bool { return other == f }) }

func (i *Injector) remove(which func(*Fault) bool) (removed bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	before := len(i.faults)
	i.faults = slices.DeleteFunc(i.faults, which)
	i.some.Store(len(i.faults) > 0)
	return len(i.faults) < before
}

// all returns the rules in force, in the order of their adding.
func (i *Injector) all() []*Fault {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.faults)
}

// hit returns the rule that strikes a call and counts it, or reports that none does.
func (i *Injector) hit(c Call) (Rule, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, f := range i.faults {
		if spent := f.rule.Times > 0 && f.Hits() >= f.rule.Times; !spent && f.matches(c) {
			f.hits.Add(1)
			return f.rule, true
		}
	}
	return Rule{}, false
}
