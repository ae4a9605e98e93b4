package forwarding

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
)

// forwardKind is the kind of the job that forwards one generation of a file.
const forwardKind = "forward"

// forwarded is the payload of such a job: the event that gave rise to it.
type forwarded struct {
	Data events.Data `json:"data"`
}

// intend writes down that a file is to be forwarded. Once done, the job is gone; what is known of
// the file says that it was.
func (a *Adapter) intend(ctx context.Context, e events.Event) (job string, err error) {
	payload, err := json.Marshal(forwarded{e.Data})
	if err != nil {
		return "", err
	}
	id := strings.Join([]string{forwardKind, e.Data.Upload, strconv.FormatInt(e.Data.Attempt, 10), strconv.FormatInt(e.Data.Generation, 10)}, "-")
	return id, a.queue.Post(ctx, queue.Intent{ID: id, Kind: forwardKind, Tenant: e.Tenant, Payload: payload, Due: a.cfg.Now()})
}

func (a *Adapter) runner() *jobs.Runner {
	return &jobs.Runner{
		Store: a.queue, Handlers: map[string]jobs.Handler{forwardKind: a.forward}, Holder: a.cfg.Name, Now: a.cfg.Now, Logger: a.log,
	}
}

const (
	// stopBefore is how long before the end of its time a job stops by itself, to be gone on with.
	stopBefore = 15 * time.Second
	// lookEvery is how often Service B is asked how far an inspection is.
	lookEvery = time.Second
)

// forward forwards a file, as far as its time goes.
func (a *Adapter) forward(ctx context.Context, l queue.Lease) error {
	job := l.Job()
	var p forwarded
	if err := json.Unmarshal(job.Payload, &p); err != nil {
		return fmt.Errorf("%w: the payload is not JSON", jobs.ErrGiveUp)
	}
	e := events.Event{Type: events.ObjectFinalized, Tenant: job.Tenant, Data: p.Data}
	known, ok, err := a.store.get(ctx, e.Data.Upload)
	if err != nil {
		return err
	}
	if !ok || known.Attempt != e.Data.Attempt {
		return nil // a later attempt goes on
	}
	if last, ok := known.last(); ok && last.Step.IsEnd() && last.Step != events.Parked {
		return a.again(ctx, e, known)
	}
	k, ok := a.store.key(e.Data.Upload, known)
	if !ok {
		return a.end(ctx, e, "", events.Moved{Step: events.Waiting})
	}
	f := &forwarding{Adapter: a, event: e, key: k}
	f.file = file{open: a.cfg.Open, token: a.cfg.Token, http: a.cfg.HTTP, ticket: e.Data.Ticket}
	moved, err := f.run(ctx)
	switch {
	case err == nil:
		return a.end(ctx, e, k.Key, moved)
	case errors.Is(err, errGone):
		return a.end(ctx, e, k.Key, events.Moved{Step: events.Failed, Reason: events.Gone})
	case errors.Is(err, errRefused):
		return a.end(ctx, e, "", events.Moved{Step: events.Waiting}) // the key has died: only the owner can get another
	case errors.Is(err, errAnswer):
		return a.end(ctx, e, k.Key, events.Moved{Step: events.Failed, Reason: events.Fault})
	case job.Attempts >= jobs.MaxAttempts:
		reason := events.Fault
		if errors.Is(err, errService) {
			reason = events.Unreachable
		}
		parked := events.Moved{Step: events.Parked, Reason: reason}
		return errors.Join(err, a.store.note(ctx, e.Data.Upload, e.Data.Attempt, e.Data.Generation, parked),
			a.publish(ctx, e, parked))
	}
	return err
}

// end writes down how it ended, publishes it, and gives the key back.
func (a *Adapter) end(ctx context.Context, e events.Event, key string, moved events.Moved) error {
	if err := a.store.note(ctx, e.Data.Upload, e.Data.Attempt, e.Data.Generation, moved); err != nil {
		return err
	}
	if err := a.publish(ctx, e, moved); err != nil {
		return err
	}
	if id, ok := keyID(key); ok {
		_ = a.b.forget(ctx, key, e.Data.Upload, id) // it ends by itself otherwise
	}
	return nil
}

// keyID is the part of a key of Service B's that names it: "bik_<id>_<secret>".
func keyID(key string) (string, bool) {
	rest, ok := strings.CutPrefix(key, "bik_")
	id, _, cut := strings.Cut(rest, "_")
	return id, ok && cut && id != ""
}

// forwarding is one run of a job.
type forwarding struct {
	*Adapter
	event events.Event
	key   kept
	file  file
	told  events.Moved
}

// run sends what Service B does not have yet, waits for the verdict, and returns it. What takes
// longer than the job may is jobs.Later.
func (f *forwarding) run(ctx context.Context) (events.Moved, error) {
	d := f.event.Data
	s, err := f.b.begin(ctx, f.key.Key, d.Upload, d.Generation, map[string]any{
		"size": d.Size, "name": f.key.Name, "type": f.key.Type, "crc32c": d.CRC32C,
	})
	if err == nil && s.State == "failed" { // at an earlier attempt: the owner asks for another
		s, err = f.b.retry(ctx, f.key.Key, d.Upload, d.Generation)
	}
	if err != nil {
		return events.Moved{}, err
	}
	for {
		if end, ok := ctx.Deadline(); ok && time.Until(end) < stopBefore {
			return events.Moved{}, jobs.Later(0)
		}
		switch s.State {
		case "receiving":
			s, err = f.send(ctx, s)
		case "inspecting":
			if err = f.tell(ctx, events.Moved{Step: events.Inspecting}); err == nil {
				s, err = f.wait(ctx)
			}
		case "done":
			return f.verdict(s)
		case "failed":
			return events.Moved{Step: events.Failed, Reason: reasonOf(s.Reason)}, nil
		default:
			err = fmt.Errorf("%w: a state that is none", errService)
		}
		if err != nil {
			return events.Moved{}, err
		}
	}
}

// send sends the next part.
func (f *forwarding) send(ctx context.Context, s state) (state, error) {
	d := f.event.Data
	if s.Received < 0 || s.Received > d.Size {
		return state{}, fmt.Errorf("%w: it has more than there is", errService)
	}
	if s.Received == d.Size { // all is there, and the inspection is about to begin
		return f.wait(ctx)
	}
	if err := f.tell(ctx, events.Moved{Step: events.Forwarding, Percent: int(s.Received * 100 / d.Size)}); err != nil {
		return state{}, err
	}
	length := min(f.cfg.Part, d.Size-s.Received)
	part, err := f.file.read(ctx, s.Received, length)
	if err != nil {
		return state{}, err
	}
	defer part.Close()
	received, err := f.b.send(ctx, f.key.Key, d.Upload, d.Generation, s.Received, length, d.Size, io.LimitReader(part, length))
	if err != nil {
		return state{}, err
	}
	if received <= s.Received { // it took nothing, or was told something else: it knows best
		return f.wait(ctx)
	}
	s.Received = received
	return s, nil
}

// wait asks Service B how far it is, after a moment.
func (f *forwarding) wait(ctx context.Context) (state, error) {
	select {
	case <-time.After(lookEvery):
	case <-ctx.Done():
		return state{}, jobs.Later(0)
	}
	d := f.event.Data
	return f.b.look(ctx, f.key.Key, d.Upload, d.Generation)
}

// tell publishes a step that is new: of a file that is on its way, each quarter.
func (f *forwarding) tell(ctx context.Context, m events.Moved) error {
	m.Percent -= m.Percent % 25
	if m.Step == f.told.Step && m.Percent == f.told.Percent {
		return nil
	}
	f.told = m
	return f.publish(ctx, f.event, m)
}

// verdict is what Service B has found.
func (f *forwarding) verdict(s state) (events.Moved, error) {
	m := events.Moved{Step: events.Done, Verdict: events.Verdict(s.Verdict), Type: s.Report.Type}
	if len(m.Type) > 127 {
		m.Type = ""
	}
	switch m.Verdict {
	case events.Clean, events.Harmful, events.Uninspected:
	default:
		return events.Moved{}, fmt.Errorf("%w: a verdict that is none", errService)
	}
	seen := map[string]bool{}
	for _, found := range s.Report.Findings {
		if !seen[found.Kind] && len(found.Kind) <= 40 && len(m.Findings) < 16 {
			seen[found.Kind] = true
			m.Findings = append(m.Findings, found.Kind)
		}
	}
	return m, nil
}

// reasonOf is why an inspection failed, as Service B says.
func reasonOf(s string) events.Reason {
	switch r := events.Reason(s); r {
	case events.TooLarge, events.TimedOut, events.Crashed, events.Damaged, events.Expired:
		return r
	}
	return events.Fault
}
