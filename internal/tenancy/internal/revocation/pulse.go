package revocation

import (
	"context"
	"sync/atomic"
	"time"
)

// pulse numbers epochs: short spans of time in which a favourable verdict may be repeated, so that
// several checks within one request cost no clock and no look-up. An epoch ends after pulseEvery,
// or as soon as this process learns of a revocation. While nothing drives the pulse there are no
// epochs, and every verdict is reached afresh.
type pulse struct {
	n      atomic.Uint64
	beaten atomic.Bool
}

const pulseEvery = time.Second

// current returns the number of the current epoch, 0 if there is none.
func (p *pulse) current() uint64 {
	if !p.beaten.Load() {
		return 0
	}
	return p.n.Load()
}

func (p *pulse) next() { p.n.Add(1) }

// beat drives the pulse until ctx ends.
func (p *pulse) beat(ctx context.Context) {
	tick := time.NewTicker(pulseEvery)
	defer tick.Stop()
	p.next()
	p.beaten.Store(true)
	defer p.beaten.Store(false)
	for {
		select {
		case <-tick.C:
			p.next()
		case <-ctx.Done():
			return
		}
	}
}
