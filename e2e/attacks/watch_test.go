package attacks_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// watch keeps every decision of the cloud, which itself remembers only the last thousand.
type watch struct {
	cloud *localcloud.Cloud

	mu     sync.Mutex
	seen   []iam.Decision // in their order
	last   int
	missed int // fell out of the cloud's memory before they were read
}

func follow(t *testing.T, cloud *localcloud.Cloud) *watch {
	w := &watch{cloud: cloud}
	w.look()
	w.seen, w.missed = nil, 0 // setting up is not under attack
	ctx, stop := context.WithCancel(t.Context())
	var looking sync.WaitGroup
	looking.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			w.look()
			<-tick.C
		}
	})
	t.Cleanup(func() {
		stop()
		looking.Wait()
	})
	return w
}

func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	latest := w.cloud.IAM().Decisions(1000)
	slices.Reverse(latest)
	for i, d := range latest {
		if i == 0 && d.Seq > w.last+1 {
			w.missed += d.Seq - w.last - 1
		}
		if d.Seq > w.last {
			w.seen, w.last = append(w.seen, d), d.Seq
		}
	}
}

// since returns the decisions after the first n, and how many were missed of all.
func (w *watch) since(n int) (decisions []iam.Decision, missed int) {
	w.look()
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.seen[n:]), w.missed
}

func (w *watch) len() int {
	all, _ := w.since(0)
	return len(all)
}
