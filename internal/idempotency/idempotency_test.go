package idempotency_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/idempotency"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

const route = "POST /things"

// clock is the machine's clock, which the test moves.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time           { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) advance(by time.Duration) { c.ahead.Add(int64(by)) }

// at vends to the person on a machine with this clock.
func at(t *testing.T, w *vendingtest.World, m *vending.Machine, p vendingtest.Person) vending.Grant {
	t.Helper()
	g, err := m.Vend(t.Context(), w.Principal(t, p))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func begin(ctx context.Context, g vending.Grant, word, request string) (idempotency.Attempt, string, error) {
	a, answer, err := idempotency.Begin(ctx, g, route, word, []byte(request))
	return a, string(answer), err
}

// TestRepeats: a word is held by one request, of one caller, at one route, for a day.
func TestRepeats(t *testing.T) {
	vendingtest.EachIsolation(t, func(t *testing.T, w *vendingtest.World) {
		ctx, c := t.Context(), new(clock)
		m := w.NewMachine(t, vending.MachineConfig{Now: c.now})
		g := at(t, w, m, w.Acme.Editor)
		want := func(what, word, request, answer string, target error) idempotency.Attempt {
			t.Helper()
			a, got, err := begin(ctx, g, word, request)
			if got != answer || !errors.Is(err, target) {
				t.Errorf("%s: answered %q, %v, want %q, %v", what, got, err, answer, target)
			}
			return a
		}
		first := want("the first", "w1", "a", "", nil)
		want("at once again", "w1", "a", "", idempotency.ErrRunning)
		want("with another request", "w1", "b", "", idempotency.ErrOther)
		if err := first.Keep(ctx, []byte("made")); err != nil {
			t.Fatal(err)
		}
		want("a repeat", "w1", "a", "made", nil)
		want("another request, answered", "w1", "b", "", idempotency.ErrOther)
		if _, answer, err := idempotency.Begin(ctx, g, "POST /others", "w1", []byte("a")); answer != nil || err != nil {
			t.Errorf("at another route: %q, %v", answer, err)
		}
		for name, p := range map[string]vendingtest.Person{"an admin": w.Acme.Admin, "globex's editor": w.Globex.Editor} {
			if _, answer, err := begin(ctx, at(t, w, m, p), "w1", "a"); answer != "" || err != nil {
				t.Errorf("%s has the editor's word: %q, %v", name, answer, err)
			}
		}
		c.advance(idempotency.Life + time.Second)
		want("a day later, otherwise", "w1", "b", "", nil)

		dropped := want("to be dropped", "w2", "a", "", nil)
		if err := dropped.Drop(ctx); err != nil {
			t.Fatal(err)
		}
		want("dropped, otherwise", "w2", "b", "", nil)

		died := want("one that dies", "w3", "a", "", nil)
		c.advance(idempotency.Patience - time.Second)
		want("before it is given up", "w3", "a", "", idempotency.ErrRunning)
		c.advance(2 * time.Second)
		second := want("when it is given up", "w3", "a", "", nil)
		for what, err := range map[string]error{"keeps": died.Keep(ctx, []byte("late")), "drops": died.Drop(ctx)} {
			if err != nil {
				t.Errorf("one that comes back late %s: %v", what, err)
			}
		}
		want("what came back late counts", "w3", "a", "", idempotency.ErrRunning)
		if err := second.Keep(ctx, []byte("second")); err != nil {
			t.Fatal(err)
		}
		want("the one that took over", "w3", "a", "second", nil)
	})
}

func TestWords(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	g := w.Grant(t, w.Acme.Editor)
	for _, bad := range []string{"", "a\nb", "ä", "\x7f", strings.Repeat("x", idempotency.MaxKey+1)} {
		if _, _, err := begin(t.Context(), g, bad, "a"); !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("%q: got %v, want ErrInvalid", bad, err)
		}
	}
	for _, good := range []string{" ", `"8e03978e-40d5-43e8-bc93-6894a57f9324"`, strings.Repeat("~", idempotency.MaxKey)} {
		if _, _, err := begin(t.Context(), g, good, "a"); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	if _, _, err := begin(t.Context(), w.Grant(t, w.Acme.Viewer), "w", "a"); !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("a viewer, who writes nothing: got %v, want ErrUnavailable", err)
	}
	var none idempotency.Attempt
	if err := errors.Join(none.Keep(t.Context(), []byte("x")), none.Drop(t.Context())); err != nil {
		t.Errorf("an attempt without a word: %v", err)
	}
}

// TestTogether: of requests that come at once in two processes, one runs.
func TestTogether(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	here, there := w.Grant(t, w.Acme.Editor), at(t, w, w.NewMachine(t, vending.MachineConfig{}), w.Acme.Editor)
	var ran, waited atomic.Int32
	var all sync.WaitGroup
	for i := range 16 {
		g := here
		if i%2 == 0 {
			g = there
		}
		all.Go(func() {
			switch _, answer, err := begin(t.Context(), g, "once", "a"); {
			case err == nil && answer == "":
				ran.Add(1)
			case errors.Is(err, idempotency.ErrRunning):
				waited.Add(1)
			default:
				t.Errorf("answered %q, %v", answer, err)
			}
		})
	}
	all.Wait()
	if ran.Load() != 1 || waited.Load() != 15 {
		t.Errorf("%d ran and %d waited", ran.Load(), waited.Load())
	}
}

// TestEndedRecordsGo: what has ended is taken away by what comes after it.
func TestEndedRecordsGo(t *testing.T) {
	w, c := vendingtest.TwoTenants(t), new(clock)
	g := at(t, w, w.NewMachine(t, vending.MachineConfig{Now: c.now}), w.Acme.Editor)
	use := func(word string) {
		t.Helper()
		a, _, err := begin(t.Context(), g, word, "a")
		if err == nil {
			err = a.Keep(t.Context(), []byte("x"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, word := range []string{"1", "2", "3"} {
		use(word)
	}
	c.advance(idempotency.Life + time.Hour)
	use("4")
	left, err := g.Database().Collection("idempotency").Documents(t.Context()).GetAll()
	if err != nil || len(left) != 1 {
		t.Errorf("%d records are left, want 1: %v", len(left), err)
	}
}
