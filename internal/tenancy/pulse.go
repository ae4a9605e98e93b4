package tenancy

import (
	"context"
	"sync/atomic"
	"time"
)

// pulse numbers short spans of time. A verdict reached in a span stands until the span ends, so that repeating it within
// one request costs no clock and no look-up. A span ends after pulseEvery, or as soon as this process revokes anything.
// While nothing drives the pulse there are no spans, and every verdict is reached afresh.
type pulse struct {
	n      atomic.Uint64
	beaten atomic.Bool
}

const pulseEvery = time.Second

// span returns the number of the current span, 0 if there is none.
func (p *pulse) span() uint64 {
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
