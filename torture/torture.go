package torture

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
)

// Message is something that a consumer is told.
type Message struct {
	Key  string // what it is about
	Data []byte
}

// Delivery is one attempt to tell a consumer. A message that is delivered twice has two names:
// brokers give them anew, so a consumer must not tell messages apart by them.
type Delivery struct {
	ID      string
	Attempt int // 1, 2, ... of this delivery
	Message
}

// Deliver hands a delivery to a worker. An error refuses it: it is delivered again later.
type Deliver func(ctx context.Context, d Delivery) error

// Plan is what is done to a consumer. Messages, Workers, State and Model are required.
type Plan struct {
	Seed     uint64
	Messages []Message // in the order in which they happened

	Duplicates float64 // which part of the messages is delivered twice: 0 to 1
	Lost       float64 // which part is never delivered: 0 to 1
	Window     int     // how many messages earlier or later than it happened a message may come
	Parallel   int     // deliveries at once; 0: 1
	Attempts   int     // after which a delivery that is refused is given up; 0: 100

	// Workers take the deliveries, each of them any worker's. Several stand for several processes.
	Workers []Deliver
	// Before is called before each delivery, with how many there were: to kill a worker, cut a line
	// or move a clock. nil: nothing happens.
	Before func(ctx context.Context, n int) error
	// Reconcile finds what was lost. It is called once, when all is delivered. nil: nothing does.
	Reconcile func(ctx context.Context) error

	// State reads what is known, by key.
	State func(ctx context.Context) (map[string]string, error)
	// Model says what must be known.
	Model func(messages []Message) map[string]string
	// Effects reads how often the one effect of each key took place. nil: it is not looked at.
	Effects func(ctx context.Context) (map[string]int, error)
}

// Report is what came of a Plan.
type Report struct {
	Delivered  int // attempts, the refused ones too
	Refused    int
	Duplicated int
	Lost       int
	GivenUp    int // deliveries that were refused too often

	Differences []string // between the state and the model, and effects that are not one; sorted
}

// OK reports whether the consumer did what the model says.
func (r Report) OK() bool { return len(r.Differences) == 0 && r.GivenUp == 0 }

var errPlan = errors.New("torture: a plan needs messages, workers, a state and a model")

// Run carries the plan out. It returns the first error of Before, Reconcile, State and Effects, or
// of ctx. What the consumer did wrong is in the report.
func Run(ctx context.Context, p Plan) (Report, error) {
	if len(p.Messages) == 0 || len(p.Workers) == 0 || p.State == nil || p.Model == nil {
		return Report{}, errPlan
	}
	r := &run{Plan: p, random: rand.New(rand.NewPCG(p.Seed, 0))}
	r.Parallel, r.Attempts = max(1, r.Parallel), p.Attempts
	if r.Attempts <= 0 {
		r.Attempts = 100
	}
	r.plan()
	if err := r.deliver(ctx); err != nil {
		return r.report(), err
	}
	if p.Reconcile != nil {
		if err := p.Reconcile(ctx); err != nil {
			return r.report(), fmt.Errorf("torture: reconcile: %w", err)
		}
	}
	return r.compare(ctx)
}

// run is a Plan that is carried out.
type run struct {
	Plan
	random *rand.Rand
	waits  []planned // in the order of their delivery

	delivered, refused, givenUp atomic.Int64
	duplicated, lost            int
}

// planned is a delivery to come.
type planned struct {
	Delivery
	worker int
	at     float64 // its place in the order
}

// plan decides what is delivered, when, and to whom.
func (r *run) plan() {
	add := func(n int, m Message) {
		r.waits = append(r.waits, planned{
			Delivery: Delivery{ID: fmt.Sprintf("%d-%d", r.Seed, len(r.waits)), Attempt: 1, Message: m},
			worker:   r.random.IntN(len(r.Workers)),
			at:       float64(n) + (r.random.Float64()-0.5)*float64(r.Window),
		})
	}
	for n, m := range r.Messages {
		if r.random.Float64() < r.Plan.Lost {
			r.lost++
			continue
		}
		add(n, m)
		if r.random.Float64() < r.Duplicates {
			r.duplicated++
			add(n, m)
		}
	}
	slices.SortStableFunc(r.waits, func(a, b planned) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
}

// deliver delivers all that is planned. What is refused comes again after everything else that
// waits.
func (r *run) deliver(ctx context.Context) error {
	n := 0
	for len(r.waits) > 0 {
		batch := r.waits[:min(r.Parallel, len(r.waits))]
		r.waits = r.waits[len(batch):]
		var mu sync.Mutex
		var again []planned
		var work sync.WaitGroup
		for _, d := range batch {
			if err := ctx.Err(); err != nil {
				work.Wait()
				return err
			}
			if r.Before != nil {
				if err := r.Before(ctx, n); err != nil {
					work.Wait()
					return fmt.Errorf("torture: before delivery %d: %w", n, err)
				}
			}
			n++
			work.Go(func() {
				r.delivered.Add(1)
				if r.Workers[d.worker](ctx, d.Delivery) == nil {
					return
				}
				r.refused.Add(1)
				if d.Attempt++; d.Attempt > r.Attempts {
					r.givenUp.Add(1)
					return
				}
				mu.Lock()
				again = append(again, d)
				mu.Unlock()
			})
		}
		work.Wait()
		slices.SortFunc(again, func(a, b planned) int { return len(a.ID) - len(b.ID) })
		for _, d := range again {
			d.worker = r.random.IntN(len(r.Workers)) // another may be well
			r.waits = append(r.waits, d)
		}
	}
	return nil
}

func (r *run) report() Report {
	return Report{
		Delivered: int(r.delivered.Load()), Refused: int(r.refused.Load()), GivenUp: int(r.givenUp.Load()),
		Duplicated: r.duplicated, Lost: r.lost,
	}
}

// compare holds the state against the model, and counts effects.
func (r *run) compare(ctx context.Context) (Report, error) {
	report := r.report()
	got, err := r.State(ctx)
	if err != nil {
		return report, fmt.Errorf("torture: state: %w", err)
	}
	want := r.Model(r.Messages)
	differ := func(format string, args ...any) {
		report.Differences = append(report.Differences, fmt.Sprintf(format, args...))
	}
	for key, w := range want {
		if g, ok := got[key]; !ok {
			differ("%s: nothing is known, want %q", key, w)
		} else if g != w {
			differ("%s: %q, want %q", key, g, w)
		}
	}
	for key, g := range got {
		if _, ok := want[key]; !ok {
			differ("%s: %q, and nothing is to be known", key, g)
		}
	}
	if r.Plan.Effects != nil {
		effects, err := r.Plan.Effects(ctx)
		if err != nil {
			return report, fmt.Errorf("torture: effects: %w", err)
		}
		for key := range want {
			if effects[key] != 1 {
				differ("%s: its effect took place %d times", key, effects[key])
			}
		}
		for _, key := range slices.Sorted(maps.Keys(effects)) {
			if _, ok := want[key]; !ok {
				differ("%s: has an effect, and is in no model", key)
			}
		}
	}
	slices.Sort(report.Differences)
	return report, nil
}
