package torture_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/bulkhead-saas/bulkhead/torture"
)

// counter is a consumer: it keeps the greatest number that it was told of each key, and its effect
// is that a key became known.
type counter struct {
	mu      sync.Mutex
	known   map[string]string
	effects map[string]int

	careless bool // takes what comes last, and counts every time
	forgets  bool // refuses the first attempt after it has taken it
}

func (c *counter) deliver(_ context.Context, d torture.Delivery) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	was, ok := c.known[d.Key]
	if !ok || c.careless {
		c.effects[d.Key]++
	}
	if !ok || c.careless || string(d.Data) > was {
		c.known[d.Key] = string(d.Data)
	}
	if c.forgets && d.Attempt == 1 {
		return errors.New("the answer is lost")
	}
	return nil
}

func messages(keys, each int) (all []torture.Message) {
	for n := range each {
		for k := range keys {
			all = append(all, torture.Message{Key: fmt.Sprint("k", k), Data: fmt.Appendf(nil, "%03d", n)})
		}
	}
	return all
}

func greatest(all []torture.Message) map[string]string {
	want := map[string]string{}
	for _, m := range all {
		want[m.Key] = max(want[m.Key], string(m.Data))
	}
	return want
}

func plan(c *counter, seed uint64) torture.Plan {
	all := messages(20, 10)
	return torture.Plan{
		Seed: seed, Messages: all, Duplicates: 0.2, Window: 50, Lost: 0.05, Parallel: 3,
		Workers: []torture.Deliver{c.deliver, c.deliver},
		Reconcile: func(ctx context.Context) error {
			for key, data := range greatest(all) {
				if err := c.deliver(ctx, torture.Delivery{ID: "reconciled", Attempt: 2, Message: torture.Message{Key: key, Data: []byte(data)}}); err != nil {
					return err
				}
			}
			return nil
		},
		State:   func(context.Context) (map[string]string, error) { return c.known, nil },
		Effects: func(context.Context) (map[string]int, error) { return c.effects, nil },
		Model:   greatest,
	}
}

func newCounter() *counter { return &counter{known: map[string]string{}, effects: map[string]int{}} }

// TestAGoodConsumer passes for every seed, and whatever it refuses after it has taken it.
func TestAGoodConsumer(t *testing.T) {
	for seed := range uint64(20) {
		c := newCounter()
		c.forgets = seed%2 == 0
		report, err := torture.Run(t.Context(), plan(c, seed))
		if err != nil || !report.OK() {
			t.Errorf("seed %d: %+v, %v", seed, report, err)
		}
		if report.Duplicated == 0 || report.Lost == 0 || c.forgets && report.Refused == 0 {
			t.Errorf("seed %d does nothing to it: %+v", seed, report)
		}
	}
}

// TestBadConsumers: each fault is found.
func TestBadConsumers(t *testing.T) {
	for what, spoil := range map[string]func(*counter, *torture.Plan){
		"takes what comes last": func(c *counter, p *torture.Plan) { c.careless, p.Reconcile = true, nil },
		"finds nothing again":   func(_ *counter, p *torture.Plan) { p.Reconcile, p.Lost = nil, 0.5 },
		"refuses for ever": func(_ *counter, p *torture.Plan) {
			p.Attempts = 2
			p.Workers = []torture.Deliver{func(context.Context, torture.Delivery) error { return errors.New("no") }}
		},
		"knows what nobody told": func(c *counter, _ *torture.Plan) { c.known["else"] = "1" },
	} {
		c := newCounter()
		p := plan(c, 1)
		spoil(c, &p)
		if report, err := torture.Run(t.Context(), p); err != nil || report.OK() {
			t.Errorf("a consumer that %s passes: %+v, %v", what, report, err)
		}
	}
}

// TestTheSameSeed delivers the same messages in the same order to the same workers.
func TestTheSameSeed(t *testing.T) {
	order := func(seed uint64) (got []string) {
		p := plan(newCounter(), seed)
		p.Parallel, p.Reconcile = 1, nil
		for n := range p.Workers {
			p.Workers[n] = func(_ context.Context, d torture.Delivery) error {
				got = append(got, fmt.Sprint(n, d.ID, d.Key, string(d.Data)))
				return nil
			}
		}
		if _, err := torture.Run(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		return got
	}
	if !slices.Equal(order(7), order(7)) {
		t.Error("one seed, two orders")
	}
	if slices.Equal(order(7), order(8)) {
		t.Error("two seeds, one order")
	}
}

// TestPlansThatAreNone are refused, and errors of what is called end a run.
func TestPlansThatAreNone(t *testing.T) {
	if _, err := torture.Run(t.Context(), torture.Plan{}); err == nil {
		t.Error("an empty plan is carried out")
	}
	broken := errors.New("broken")
	for what, spoil := range map[string]func(*torture.Plan){
		"before":    func(p *torture.Plan) { p.Before = func(context.Context, int) error { return broken } },
		"reconcile": func(p *torture.Plan) { p.Reconcile = func(context.Context) error { return broken } },
		"state": func(p *torture.Plan) {
			p.State = func(context.Context) (map[string]string, error) { return nil, broken }
		},
		"effects": func(p *torture.Plan) {
			p.Effects = func(context.Context) (map[string]int, error) { return nil, broken }
		},
	} {
		p := plan(newCounter(), 1)
		spoil(&p)
		if _, err := torture.Run(t.Context(), p); !errors.Is(err, broken) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
