package vending_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

type pageKey struct {
	Cursor string
	Limit  int
}

const noteLife = time.Minute

var (
	notePages  = vending.NewMemory[pageKey, string]("note pages", vending.MemoryOptions{Entries: 4, Life: noteLife})
	otherPages = vending.NewMemory[pageKey, string]("note pages", vending.MemoryOptions{Entries: 4, Life: noteLife})
)

func TestMemory(t *testing.T) {
	vendingtest.EachIsolation(t, func(t *testing.T, w *vendingtest.World) {
		var late atomic.Int64 // how far the machine's clock is ahead
		clock := func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
		w.Machine = w.NewMachine(t, vending.MachineConfig{CacheSize: 2, Memory: 6, Now: clock})
		second := w.Add(t, w.Acme, "second@acme.test", tenant.Viewer)
		third := w.Add(t, w.Acme, "third@acme.test", tenant.Editor)
		t.Run("a tenant is not answered another's note", func(t *testing.T) { memoryOfTenants(t, w) })
		t.Run("nor a caller that of other rights", func(t *testing.T) { memoryOfCallers(t, w, second, third) })
		t.Run("nothing is read before it is forgotten and kept after", func(t *testing.T) { memoryOfStale(t, w) })
		t.Run("it is bounded", func(t *testing.T) { memoryBounds(t, w) })
		t.Run("an entry ends with its life", func(t *testing.T) { memoryLife(t, w, &late) })
		t.Run("many at once", func(t *testing.T) { memoryCrowd(t, w) })
		t.Run("it ends with the right", func(t *testing.T) { memoryEnds(t, w, third) })
		t.Run("it ends with the compartment and the machine", func(t *testing.T) { memoryCloses(t, w) })
	})
}

var first = pageKey{"", 20}

func holds(t *testing.T, what string, m vending.Memory[pageKey, string], g vending.Grant, key pageKey, want string) {
	t.Helper()
	got, ok, err := m.Of(g).Get(t.Context(), key)
	if err != nil || got != want || ok != (want != "") {
		t.Errorf("%s: %q, %v, %v; want %q", what, got, ok, err, want)
	}
}

func put(t *testing.T, g vending.Grant, key pageKey, value string) {
	t.Helper()
	if err := notePages.Of(g).Put(t.Context(), key, value); err != nil {
		t.Fatal(err)
	}
}

func memoryOfTenants(t *testing.T, w *vendingtest.World) {
	acme, globex := w.Grant(t, w.Acme.Viewer), w.Grant(t, w.Globex.Viewer)
	load := func(g vending.Grant, note string) string {
		t.Helper()
		got, err := notePages.Of(g).Load(t.Context(), first, func(context.Context) (string, error) { return note, nil })
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := load(acme, "acme's"); got != "acme's" {
		t.Errorf("acme's viewer is answered %q", got)
	}
	if got := load(globex, "globex's"); got != "globex's" {
		t.Errorf("globex's viewer is answered %q", got)
	}
	if got := load(acme, "read again"); got != "acme's" {
		t.Errorf("acme's viewer is answered %q the second time", got)
	}
	notePages.Of(globex).Forget(first)
	holds(t, "globex forgot", notePages, globex, first, "")
	holds(t, "acme did not", notePages, acme, first, "acme's")
	holds(t, "a memory of the same name", otherPages, acme, first, "")
	if s := fmt.Sprintf("%+v", notePages.Of(acme)); !strings.HasPrefix(s, "memory note pages of ") || strings.Contains(s, "acme's") {
		t.Errorf("printed as %s", s)
	}
}

func memoryOfCallers(t *testing.T, w *vendingtest.World, second, third vendingtest.Person) {
	editor := w.Grant(t, w.Acme.Editor)
	put(t, editor, first, "an editor's")
	for who, p := range map[string]vendingtest.Person{"the admin": w.Acme.Admin, "another viewer": second} {
		holds(t, who, notePages, w.Grant(t, p), first, "")
	}
	holds(t, "a viewer", notePages, w.Grant(t, w.Acme.Viewer), first, "acme's")
	holds(t, "a colleague of the same rights", notePages, w.Grant(t, third), first, "an editor's")
	signedIn, err := w.Machine.Vend(t.Context(), w.SignIn(t, w.Acme.Editor))
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the same person, whose role is not known yet", notePages, signedIn, first, "")

	notePages.Of(editor).Forget(first)
	holds(t, "the viewer, after an editor changed the note", notePages, w.Grant(t, w.Acme.Viewer), first, "")
}

func memoryOfStale(t *testing.T, w *vendingtest.World) {
	g := w.Grant(t, w.Acme.Viewer)
	pages := notePages.Of(g)
	old, err := pages.Load(t.Context(), first, func(context.Context) (string, error) {
		notePages.Of(w.Grant(t, w.Acme.Editor)).Forget(first) // an editor changes the note after it was read here
		return "old", nil
	})
	if old != "old" || err != nil {
		t.Errorf("loaded %q, %v", old, err)
	}
	holds(t, "what was read before", notePages, g, first, "")
	broken := errors.New("broken")
	if _, err := pages.Load(t.Context(), first, func(context.Context) (string, error) { return "half", broken }); err != broken {
		t.Errorf("an error of the loader's: %v", err)
	}
	holds(t, "what could not be loaded", notePages, g, first, "")
}

func memoryBounds(t *testing.T, w *vendingtest.World) {
	acme, globex := w.Grant(t, w.Acme.Editor), w.Grant(t, w.Globex.Editor)
	put(t, globex, first, "globex's")
	for i := range 20 {
		put(t, acme, pageKey{"c", i}, "acme's")
	}
	holds(t, "the least recently used", notePages, acme, pageKey{"c", 15}, "")
	holds(t, "a recent one", notePages, acme, pageKey{"c", 16}, "acme's")
	holds(t, "the other tenant's", notePages, globex, first, "globex's")
	for i := range 20 {
		put(t, globex, pageKey{"g", i}, "globex's")
		if counted, found := w.Machine.Remembered(); counted != found || found > 6 {
			t.Fatalf("the machine counts %d entries and has %d, of 6", counted, found)
		}
	}
	for _, o := range []vending.MemoryOptions{{Entries: 1}, {Life: 1}, {Entries: 10_001, Life: 1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is accepted", o)
				}
			}()
			vending.NewMemory[int, int]("unbounded", o)
		}()
	}
}

func memoryLife(t *testing.T, w *vendingtest.World, late *atomic.Int64) {
	defer late.Store(0)
	g := w.Grant(t, w.Acme.Editor)
	put(t, g, first, "acme's")
	late.Store(int64(noteLife - noteLife/4))
	holds(t, "before its end", notePages, g, first, "acme's")
	late.Store(int64(noteLife))
	holds(t, "at its end", notePages, g, first, "")
	late.Store(0)
	holds(t, "after its end, should the clock go back", notePages, g, first, "")
}

func memoryCrowd(t *testing.T, w *vendingtest.World) {
	grants := map[string]vending.Grant{
		"acme": w.Grant(t, w.Acme.Editor), "acme's viewer": w.Grant(t, w.Acme.Viewer), "globex": w.Grant(t, w.Globex.Editor),
	}
	var wg sync.WaitGroup
	for whose, g := range grants {
		for range 4 {
			wg.Go(func() {
				pages := notePages.Of(g)
				for i := range 200 {
					key := pageKey{"crowd", i % 7}
					got, err := pages.Load(t.Context(), key, func(context.Context) (string, error) { return whose, nil })
					if err != nil || got != whose {
						t.Errorf("%s is answered %q, %v", whose, got, err)
					}
					if i%5 == 0 {
						pages.Forget(key)
					}
				}
			})
		}
	}
	wg.Wait()
	if counted, found := w.Machine.Remembered(); counted != found || found > 6 {
		t.Errorf("the machine counts %d entries and has %d, of 6", counted, found)
	}
}

func memoryEnds(t *testing.T, w *vendingtest.World, p vendingtest.Person) {
	ctx := t.Context()
	g := w.Grant(t, p)
	put(t, g, first, "acme's")
	var zero vending.Grant
	if err := w.Revocations.RevokeUser(ctx, w.Acme.ID, p.ID); err != nil {
		t.Fatal(err)
	}
	for who, pages := range map[string]vending.Entries[pageKey, string]{
		"a revoked caller": notePages.Of(g), "no grant": notePages.Of(zero), "no entries": {},
	} {
		if got, ok, err := pages.Get(ctx, first); !errors.Is(err, vending.ErrDenied) || ok || got != "" {
			t.Errorf("%s gets %q, %v, %v", who, got, ok, err)
		}
		if err := pages.Put(ctx, first, "x"); !errors.Is(err, vending.ErrDenied) {
			t.Errorf("%s puts: %v", who, err)
		}
		_, err := pages.Load(ctx, first, func(context.Context) (string, error) {
			t.Errorf("%s loads", who)
			return "", nil
		})
		if !errors.Is(err, vending.ErrDenied) {
			t.Errorf("%s loads: %v", who, err)
		}
		pages.Forget(first)
	}
	holds(t, "no memory", vending.Memory[pageKey, string]{}, w.Grant(t, w.Acme.Editor), first, "")
}

func memoryCloses(t *testing.T, w *vendingtest.World) {
	kept := w.Grant(t, w.Acme.Editor)
	put(t, kept, first, "acme's")
	w.Machine.ForgetAll()
	holds(t, "a grant of a compartment that went", notePages, kept, first, "")
	put(t, kept, first, "nobody finds it")
	holds(t, "such a grant, again", notePages, kept, first, "")
	again := w.Grant(t, w.Acme.Editor)
	holds(t, "a new compartment", notePages, again, first, "")
	put(t, again, first, "acme's")
	if err := w.Machine.Close(); err != nil {
		t.Fatal(err)
	}
	holds(t, "a machine that is closed", notePages, again, first, "")
	if counted, _ := w.Machine.Remembered(); counted != 0 {
		t.Errorf("%d entries outlive the machine", counted)
	}
}

// TestMemoryHit: what is remembered is found without an allocation.
func TestMemoryHit(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	g := w.Grant(t, w.Acme.Editor)
	put(t, g, first, "acme's")
	ctx := t.Context()
	allocations := testing.AllocsPerRun(100, func() {
		if _, ok, err := notePages.Of(g).Get(ctx, first); !ok || err != nil {
			t.Fatal(ok, err)
		}
	})
	if allocations != 0 {
		t.Errorf("a hit allocates %v times", allocations)
	}
}
