package revocation

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Run polls the feed every few seconds until ctx ends, and then returns nil. A failed poll is
// logged and tried again.
func (r *Feed) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var beating sync.WaitGroup
	beating.Go(func() { r.pulse.beat(ctx) })
	defer beating.Wait()
	defer stop()

	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if err := r.Poll(ctx); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "revocations: poll failed", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Poll reads what is new in the feed, and all that matters of it the first time. Run calls it; call
// it once before serving, so that the first request finds an answer. ErrUnavailable.
func (r *Feed) Poll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	start := r.now()
	revoked, err := r.read(ctx, r.since(start))
	if err != nil {
		return tenant.Unavailable("revocations", err)
	}
	r.apply(revoked)
	r.polledAt(start)
	return nil
}

// stored returns what was written to the feed since then.
func (r *Feed) stored(ctx context.Context, since time.Time) (map[subject]time.Time, error) {
	docs, err := r.db.Collection("revocations").Where("updated", ">", since).Documents(ctx).GetAll()
	if err != nil {
		return nil, err
	}
	revoked := make(map[subject]time.Time, len(docs))
	for _, doc := range docs {
		s, before, err := revocationOf(doc)
		if err != nil {
			// An order that cannot be read may concern anyone. So the poll fails, and without a
			// good poll every process refuses everybody after 30 s. Somebody has to mend the
			// record: say which it is.
			slog.ErrorContext(ctx, "revocations: a stored order cannot be read, and nobody is let in until it can",
				"record", doc.Ref.ID)
			return nil, err
		}
		revoked[s] = before
	}
	return revoked, nil
}

// overdue reports whether the feed was polled before, is stale, and is to be polled again by a
// request.
func (r *Feed) overdue() bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.stale() && !r.polled.IsZero() && r.now().Sub(r.failed) >= catchUpPause
}

// catchUp polls the feed in the request that found it stale. A process that was frozen, because it
// is given no processor time between requests, is in that state, though the feed can be read.
// However many requests find the feed stale, it is polled once for all of them. After a poll that
// failed they are refused for a second without another.
func (r *Feed) catchUp() {
	_, _, _ = r.catching.Do("", func() (any, error) {
		if !r.overdue() {
			return nil, nil // somebody else has polled meanwhile
		}
		ctx, cancel := context.WithTimeout(context.Background(), catchUpTimeout)
		defer cancel()
		if err := r.Poll(ctx); err != nil {
			slog.WarnContext(ctx, "revocations: poll failed", "error", err)
			r.mu.Lock()
			r.failed = r.now()
			r.mu.Unlock()
		}
		return nil, nil
	})
}

// since returns from when on a poll at start must read.
func (r *Feed) since(start time.Time) time.Time {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.polled.IsZero() {
		return start.Add(-endedLife) // the longer of the two
	}
	return r.polled.Add(-pollOverlap)
}
