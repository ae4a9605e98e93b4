package store

import "time"

// clock hands out times in whole microseconds. Its methods need the lock of the Store.
type clock struct {
	now  func() time.Time
	last time.Time // no commit will be given this time or an earlier one
}

func (c *clock) wall() time.Time { return c.now().UTC().Truncate(time.Microsecond) }

// tick returns a time later than all returned before.
func (c *clock) tick() time.Time {
	t := c.wall()
	if !t.After(c.last) {
		t = c.last.Add(time.Microsecond)
	}
	c.last = t
	return t
}

// read returns the present; every later tick is after it.
func (c *clock) read() time.Time {
	if t := c.wall(); t.After(c.last) {
		c.last = t
	}
	return c.last
}
