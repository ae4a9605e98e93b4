package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/inspect"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/records"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/sandbox"
)

const (
	// mostTries is how many processes may die while they inspect the same file.
	mostTries = 3
	// mostBegun is how many inspections may wait in one process. Others wait in the database.
	mostBegun = 1000
)

// start begins an inspection that goes on without the caller, unless this process is at it.
func (i *Intake) start(r records.Ref) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ctx.Err() != nil || i.begun[r] || len(i.begun) >= mostBegun {
		return
	}
	i.begun[r] = true
	i.running.Go(func() {
		err := i.inspect(i.ctx, r)
		if err != nil && i.ctx.Err() == nil {
			i.Logger.Error("an inspection could not be done", "document", r.ID, "tenant", r.Tenant, "error", err)
		}
		i.mu.Lock()
		defer i.mu.Unlock()
		delete(i.begun, r)
	})
}

// inspect takes the lease, has a child look at the file, and keeps what came of it.
func (i *Intake) inspect(ctx context.Context, r records.Ref) error {
	leave, err := i.files.enter(ctx, r.Tenant)
	if err != nil {
		return err
	}
	defer leave()
	g, err := i.take(ctx, r)
	if err != nil || g.State != records.Inspecting || g.Lease.Holder != i.holder {
		return err
	}
	within, cancel := context.WithTimeout(ctx, g.Deadline.Sub(i.Store.Now()))
	defer cancel()
	renewing := make(chan struct{})
	go func() {
		defer close(renewing)
		i.renew(within, cancel, r, g.Run)
	}()
	file := i.Bucket.Open(g.Parts)
	report, err := i.Runner.Inspect(within, file, g.Size)
	file.Close()
	cancel()
	<-renewing
	return i.finish(ctx, r, g, report, err)
}

// take takes the lease, if nobody else holds it.
func (i *Intake) take(ctx context.Context, r records.Ref) (records.Generation, error) {
	return i.Store.Update(ctx, r, func(g *records.Generation) error {
		now := i.Store.Now()
		switch {
		case g.State != records.Inspecting || g.Lease.Held(now):
			return records.ErrUnchanged
		case !now.Before(g.Deadline):
			i.fail(g, records.TimedOut)
		case g.Tries >= mostTries:
			i.fail(g, records.Crashed)
		default:
			g.Tries++
			g.Lease = records.Lease{Holder: i.holder, Until: now.Add(i.Limits.Lease)}
		}
		return nil
	})
}

// renew holds the lease until ctx ends. It cancels the inspection when the lease is lost.
func (i *Intake) renew(ctx context.Context, cancel context.CancelFunc, r records.Ref, run string) {
	every := time.NewTicker(i.Limits.Lease / 3)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		held := false
		_, err := i.Store.Update(ctx, r, func(g *records.Generation) error {
			if held = i.holds(*g, run); !held {
				return records.ErrUnchanged
			}
			g.Lease.Until = i.Store.Now().Add(i.Limits.Lease)
			return nil
		})
		if errors.Is(err, records.ErrNotFound) || err == nil && !held {
			cancel()
			return
		}
	}
}

// holds reports whether this process inspects that run still.
func (i *Intake) holds(g records.Generation, run string) bool {
	return g.State == records.Inspecting && g.Run == run && g.Lease.Holder == i.holder
}

// endTime bounds what is written after an inspection, also while the process stops.
const endTime = 5 * time.Second

// finish keeps what came of an inspection. What is nobody's fault leaves it to be begun again.
func (i *Intake) finish(ctx context.Context, r records.Ref, g records.Generation, report inspect.Report, failure error) error {
	text, err := json.Marshal(report)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	var fault error
	ended, err := i.Store.Update(ctx, r, func(now *records.Generation) error {
		if !i.holds(*now, g.Run) {
			return records.ErrUnchanged
		}
		now.Lease = records.Lease{}
		switch late := !i.Store.Now().Before(now.Deadline); {
		case failure == nil:
			now.State, now.Verdict, now.Report = records.Done, VerdictOf(report), text
			now.Expires = i.Store.Now().Add(i.Limits.Retention)
		case errors.Is(failure, sandbox.ErrTimedOut) || late:
			i.fail(now, records.TimedOut)
		case errors.Is(failure, sandbox.ErrCrashed):
			i.fail(now, records.Crashed)
		case errors.Is(failure, context.Canceled): // the process stops
			now.Tries--
		default: // the bucket, perhaps. The lease keeps others from trying at once
			fault = failure
			now.Tries--
			now.Lease = records.Lease{Holder: "nobody", Until: i.Store.Now().Add(i.Limits.Lease)}
		}
		return nil
	})
	if errors.Is(err, records.ErrNotFound) { // it was erased
		return nil
	}
	if err != nil {
		return errors.Join(failure, err)
	}
	if failure != nil && ended.State == records.Failed {
		i.Logger.Warn("an inspection was ended", "tenant", r.Tenant, "document", r.ID, "reason", string(ended.Reason), "error", failure)
	}
	if ended.Ended() {
		return i.clear(ctx, records.Item{Ref: r, Run: g.Run})
	}
	if fault != nil {
		return fmt.Errorf("intake: inspect: %w", fault)
	}
	return nil
}
