package iam

import (
	"slices"
	"sync"
	"time"
)

// SetPropagation makes changes take their time to be seen, as Google's do. For that long after a
// change to an account or its keys, callers are authenticated as before it: a new account or key is
// refused, one that was deleted or disabled still works. The same goes for allow policies and what
// they grant. Those who administer see each change at once, and so does whoever tries to bind an
// account.
//
// Zero, as at the start, ends every delay at once; the clock that counts is Config.Now. A restart
// forgets what was under way. Deleting an account takes its rights at once, whatever the delay: an
// account made anew under its e-mail address must not have them for a while.
func (s *Service) SetPropagation(keys, policies time.Duration) {
	s.accountsSeen.setDelay(keys)
	s.policiesSeen.setDelay(policies)
}

// seenAccount is the account of that e-mail address or unique id as those see it who authenticate
// callers.
func (s *Service) seenAccount(id string) *account {
	a := s.account(id)
	if a != nil {
		id = a.Email
	}
	return s.accountsSeen.seen(id, a, s.cfg.Now())
}

// seenPolicy is the policy of holder as those see it who decide.
func (s *Service) seenPolicy(holder string) *policy {
	s.mu.RLock()
	p := s.state.policies[holder]
	s.mu.RUnlock()
	return s.policiesSeen.seen(holder, p, s.cfg.Now())
}

// propagation remembers what the changes of late replaced. The zero propagation has no delay.
type propagation[V any] struct {
	mu      sync.Mutex
	delay   time.Duration
	changes map[string][]replaced[V] // by what was changed; oldest first
}

// replaced is what a change replaced, the zero V when it made something new.
type replaced[V any] struct {
	at     time.Time
	before V
}

func (p *propagation[V]) setDelay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
	if d <= 0 {
		p.changes = nil
	}
}

// changed notes that what is called key was before, until now.
func (p *propagation[V]) changed(key string, before V, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.delay <= 0 {
		return
	}
	if p.changes == nil {
		p.changes = map[string][]replaced[V]{}
	}
	p.changes[key] = append(p.underWay(key, now), replaced[V]{now, before})
}

// seen returns what is called key as it was before the oldest change that is not to be seen yet.
func (p *propagation[V]) seen(key string, current V, now time.Time) V {
	p.mu.Lock()
	defer p.mu.Unlock()
	if changes := p.underWay(key, now); len(changes) > 0 {
		return changes[0].before
	}
	return current
}

// settle lets every change to key be seen.
func (p *propagation[V]) settle(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.changes, key)
}

func (p *propagation[V]) underWay(key string, now time.Time) []replaced[V] {
	return slices.DeleteFunc(slices.Clone(p.changes[key]), func(c replaced[V]) bool { return now.Sub(c.at) >= p.delay })
}
