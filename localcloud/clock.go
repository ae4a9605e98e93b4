package localcloud

import (
	"errors"
	"sync"
	"time"
)

// ErrBackwards is what a clock answers that was to go back: tokens and commits of a time yet to
// come would be in the world already.
var ErrBackwards = errors.New("localcloud: the clock does not go back")

// Clock is what a cloud takes for the time: Config.Now, put forward as far as a test wants it. It
// does not outlive the process. Only the cloud goes by it: the application under test has a clock
// of its own.
type Clock struct {
	base  func() time.Time
	moved []func() // called after every jump, for what waits on timers

	mu    sync.RWMutex
	ahead time.Duration
}

// Now returns the cloud's time.
func (c *Clock) Now() time.Time {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.base().Add(c.ahead)
}

// Advance puts the clock forward. What falls due on the way has happened when it returns. The error
// is ErrBackwards.
func (c *Clock) Advance(d time.Duration) error {
	if d < 0 {
		return ErrBackwards
	}
	c.mu.Lock()
	c.ahead += d
	c.mu.Unlock()
	c.tell()
	return nil
}

// Set puts the clock forward to t, from where it goes on. The error is ErrBackwards.
func (c *Clock) Set(t time.Time) error {
	c.mu.Lock()
	d := t.Sub(c.base().Add(c.ahead))
	if d >= 0 {
		c.ahead += d
	}
	c.mu.Unlock()
	if d < 0 {
		return ErrBackwards
	}
	c.tell()
	return nil
}

func (c *Clock) tell() {
	for _, moved := range c.moved {
		moved()
	}
}
