package intake

import (
	"context"
	"errors"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/records"
)

// Run looks at what is due, at once and then every Limits.Sweep, until ctx ends.
func (i *Intake) Run(ctx context.Context) {
	every := time.NewTicker(i.Limits.Sweep)
	defer every.Stop()
	for {
		if err := i.Sweep(ctx); err != nil && ctx.Err() == nil {
			i.Logger.Error("what is due could not be looked at", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}

// Sweep looks at what is due: a file that did not come in time, an inspection whose process died,
// content that is needed no more, a record that is old enough. It returns the errors of all that
// could not be seen to; the next sweep tries again.
func (i *Intake) Sweep(ctx context.Context) error {
	var faults []error
	err := i.Store.Due(ctx, func(item records.Item) {
		if err := i.tend(ctx, item); err != nil {
			faults = append(faults, err)
		}
	})
	return errors.Join(append(faults, err)...)
}

// tend does what is due.
func (i *Intake) tend(ctx context.Context, item records.Item) error {
	g, err := i.Store.Get(ctx, item.Ref)
	switch {
	case errors.Is(err, records.ErrNotFound), err == nil && g.Run != item.Run:
		return i.forget(ctx, item)
	case err != nil:
		return err
	case g.Ended() && !g.Cleared:
		return i.clear(ctx, item)
	case g.Ended() && !i.Store.Now().Before(g.Expires):
		if err := i.Store.Remove(ctx, item); err != nil {
			return err
		}
		return i.forget(ctx, item)
	}
	_, err = i.look(ctx, item.Ref, g)
	return err
}

// giveUp ends a generation whose deadline has passed, if nobody is at it.
func (i *Intake) giveUp(ctx context.Context, r records.Ref) (records.Generation, error) {
	return i.Store.Update(ctx, r, func(g *records.Generation) error {
		now := i.Store.Now()
		switch {
		case g.Ended() || now.Before(g.Deadline) || g.Lease.Held(now):
			return records.ErrUnchanged
		case g.State == records.Inspecting:
			i.fail(g, records.TimedOut)
		default:
			i.fail(g, records.Expired)
		}
		return nil
	})
}

// clear deletes the content of a generation that has ended.
func (i *Intake) clear(ctx context.Context, item records.Item) error {
	if err := i.Bucket.Clear(ctx, item); err != nil {
		return err
	}
	_, err := i.Store.Update(ctx, item.Ref, func(g *records.Generation) error {
		if g.Run != item.Run || !g.Ended() {
			return records.ErrUnchanged
		}
		g.Cleared, g.Parts = true, nil
		return nil
	})
	if errors.Is(err, records.ErrNotFound) {
		return nil
	}
	return err
}

// forget deletes the content of a run that has no record.
func (i *Intake) forget(ctx context.Context, item records.Item) error {
	if err := i.Bucket.Clear(ctx, item); err != nil {
		return err
	}
	return i.Store.Forget(ctx, item)
}

// later does what no caller waits for. What fails is done by a sweep, or has no consequence.
func (i *Intake) later(do func(context.Context) error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ctx.Err() != nil {
		return
	}
	i.running.Go(func() {
		ctx, cancel := context.WithTimeout(i.ctx, time.Minute)
		defer cancel()
		if err := do(ctx); err != nil && i.ctx.Err() == nil {
			i.Logger.Warn("content could not be deleted yet", "error", err)
		}
	})
}
