package pubsub

import (
	"context"
	"errors"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub/internal/store"
)

// look is how often a queue that holds something is looked at: its time is the cloud's, which can
// be moved, so that no timer would know when something is due.
const look = 100 * time.Millisecond

// The bounds of how many pushes a subscription has out.
const (
	firstWindow = 10
	maxWindow   = 100
)

// worker looks after one subscription.
type worker struct {
	s            *Service
	subscription string
	cancel       context.CancelFunc

	mu      sync.Mutex
	changed chan struct{} // closed, and replaced, when there may be something to deliver
	window  int           // how many pushes may be out
	out     int           // how many are
	failure Failure       // of the latest push; zero when that was acknowledged
}

// start starts the worker of a subscription.
func (s *Service) start(subscription string) {
	ctx, cancel := context.WithCancel(s.ctx)
	w := &worker{s: s, subscription: subscription, cancel: cancel, changed: make(chan struct{}), window: firstWindow}
	s.mu.Lock()
	s.workers[subscription] = w
	s.mu.Unlock()
	s.group.Go(func() { w.run(ctx) })
}

// stop stops the worker of a deleted subscription, and the pushes that it has out.
func (s *Service) stop(subscription string) {
	s.mu.Lock()
	w := s.workers[subscription]
	delete(s.workers, subscription)
	s.mu.Unlock()
	if w != nil {
		w.cancel()
		w.wake()
	}
}

// wake has subscriptions looked at: by their workers, and by those who wait to pull.
func (s *Service) wake(subscriptions ...string) {
	for _, name := range subscriptions {
		s.mu.Lock()
		w := s.workers[name]
		s.mu.Unlock()
		if w != nil {
			w.wake()
		}
	}
}

func (w *worker) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *worker) changes() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changed
}

// changes returns what is closed at the next wake of a subscription. Taken before its queue is
// looked at, it misses none.
func (s *Service) changes(subscription string) <-chan struct{} {
	s.mu.Lock()
	w := s.workers[subscription]
	s.mu.Unlock()
	if w == nil {
		return nil
	}
	return w.changes()
}

// await waits until a queue may have something to deliver, and reports false when ctx ended first.
func (s *Service) await(ctx context.Context, subscription string, changed <-chan struct{}) bool {
	var timer <-chan time.Time
	if _, some, err := s.store.Next(subscription); some || err != nil || changed == nil {
		timer = time.After(look)
	}
	select {
	case <-ctx.Done():
		return false
	case <-changed:
	case <-timer:
	}
	return true
}

func (w *worker) run(ctx context.Context) {
	said := "" // a full disk is full at every look, and said once
	for ctx.Err() == nil {
		changed := w.changes()
		err := w.tend(ctx)
		switch {
		case errors.Is(err, store.ErrNoSubscription):
			return
		case err == nil:
			said = ""
		default:
			if said != err.Error() {
				said = err.Error()
				w.s.cfg.Logger.ErrorContext(ctx, "pubsub: queue not tended", "subscription", w.subscription, "error", err)
			}
			changed = nil // and so look again after a while
		}
		w.s.await(ctx, w.subscription, changed)
	}
}

// tend does all that the subscription's queue wants now.
func (w *worker) tend(ctx context.Context) error {
	sub, err := w.s.store.Subscription(w.subscription)
	if err != nil {
		return err
	}
	woken, err := w.s.store.Tend(sub.Name, w.s.mayForward(sub))
	w.s.wake(woken...)
	if err != nil || !pushes(sub) {
		return err
	}
	free := w.free()
	if free == 0 {
		return nil
	}
	out, err := w.s.store.Claim(sub.Name, w.s.terms(sub), free, maxPullBytes)
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.out += len(out)
	w.mu.Unlock()
	for _, d := range out {
		w.s.group.Go(func() { w.push(ctx, sub, d) })
	}
	if len(out) > 0 {
		w.wake() // there may be more
	}
	return nil
}

func (w *worker) free() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return max(w.window-w.out, 0)
}

// push pushes one message, and settles what comes of it. When the service is closing, it is left as
// it is: out, and due when it is opened again.
func (w *worker) push(ctx context.Context, sub *pubsubpb.Subscription, d store.Delivery) {
	err := w.s.post(ctx, sub, d)
	receipt := []store.Receipt{{Number: d.Number, Attempt: d.Attempt}}
	switch {
	case err == nil:
		err = w.s.store.Acknowledge(sub.Name, receipt)
	case ctx.Err() == nil:
		w.s.cfg.Logger.WarnContext(ctx, "pubsub: push not acknowledged", "subscription", sub.Name, "message", d.Message.MessageId,
			"attempt", d.Attempt, "error", err)
		if stored := w.s.store.Extend(sub.Name, w.s.terms(sub), receipt, 0); stored != nil {
			err = stored
		}
	}
	w.mu.Lock()
	w.out--
	if err == nil {
		w.window = min(w.window*2, maxWindow)
		w.failure = Failure{}
	} else {
		w.failure = Failure{Time: w.s.cfg.Now(), Reason: err.Error()}
		w.window = max(w.window/2, 1)
	}
	w.mu.Unlock()
	w.wake()
}
