package store_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
	"weak"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
)

func TestThePastCanBeReadForAWhile(t *testing.T) {
	c := newClock()
	s := open(t, filepath.Join(t.TempDir(), "db"), c.Now)
	db := create(t, s)
	empty := snapshot(t, db).Time()
	c.move(time.Second)
	first := put(t, db, 1, "a/x", "a/y")
	c.move(time.Second)
	second := put(t, db, 2, "a/x")
	c.move(time.Second)
	third := put(t, db, -1, "a/x")
	c.move(time.Second)
	put(t, db, 4, "a/x")
	check := func(at time.Time, want ...string) {
		t.Helper()
		past, err := db.SnapshotAt(at)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append([]string{}, want...), read(past)); diff != "" {
			t.Errorf("at %v: %s", at, diff)
		}
	}
	check(empty)
	check(first, "a/x=1", "a/y=1")
	check(second.Add(-time.Microsecond), "a/x=1", "a/y=1")
	check(second, "a/x=2", "a/y=1")
	check(third, "a/y=1")
	check(c.Now(), "a/x=4", "a/y=1")

	if _, err := db.SnapshotAt(c.Now().Add(time.Second)); status.Code(err) != codes.InvalidArgument {
		t.Errorf("the future: %v", err)
	}
	c.move(store.Retention)
	put(t, db, 5, "a/x") // lets go of what is too old
	if _, err := db.SnapshotAt(third); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("too long ago: %v", err)
	}
	check(c.Now(), "a/x=5", "a/y=1")
}

// What is too old to be read is let go, whether or not its document is written again.
func TestThePastIsForgotten(t *testing.T) {
	c := newClock()
	db := create(t, open(t, filepath.Join(t.TempDir(), "db"), c.Now))
	var past []weak.Pointer[store.Document]
	for n := range int64(3) {
		put(t, db, n, "a/changed", "a/deleted")
		for _, p := range []string{"a/changed", "a/deleted"} {
			past = append(past, weak.Make(snapshot(t, db).Get(resource.KeyOf(p))))
		}
	}
	put(t, db, 3, "a/changed")
	put(t, db, -1, "a/deleted")
	c.move(store.Retention / 2)
	put(t, db, 1, "b/x")
	runtime.GC()
	for i, v := range past {
		if v.Value() == nil {
			t.Errorf("version %d is gone while it can be read", i)
		}
	}
	c.move(store.Retention)
	put(t, db, 2, "b/x") // refuses to read what is too old
	c.move(time.Minute)
	put(t, db, 3, "b/x") // lets go of it
	runtime.GC()
	for i, v := range past {
		if d := v.Value(); d != nil {
			t.Errorf("version %d is still there: %s of %v", i, d.Key.Path(), d.Updated)
		}
	}
}

// A read time is a promise: reading at it again finds the same, however commits race with the first
// read.
func TestReadTimesAreRepeatable(t *testing.T) {
	db := create(t, open(t, filepath.Join(t.TempDir(), "db"), time.Now))
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 50 {
				put(t, db, int64(i), fmt.Sprintf("a/%d", w))
			}
		})
	}
	for range 300 {
		now := snapshot(t, db)
		want := read(now)
		present := time.Now().Truncate(time.Microsecond) // commits under way may be before it
		past, err := db.SnapshotAt(present)
		if err != nil {
			t.Fatal(err)
		}
		wantPast := read(past)
		put(t, db, 0, "b/x") // lets commits under way be done
		for at, want := range map[time.Time][]string{now.Time(): want, present: wantPast} {
			again, err := db.SnapshotAt(at)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, read(again)); diff != "" {
				t.Fatalf("at %v: %s", at, diff)
			}
		}
	}
	wg.Wait()
}

func TestTimesRiseWhateverTheClockDoes(t *testing.T) {
	c := newClock()
	path := filepath.Join(t.TempDir(), "db")
	s := open(t, path, c.Now)
	db := create(t, s)
	var times []time.Time
	for i := range 3 {
		times = append(times, put(t, db, int64(i), "a/x"))
	}
	c.move(-time.Hour)
	times = append(times, put(t, db, 9, "a/x"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	times = append(times, put(t, database(t, open(t, path, c.Now)), 10, "a/x"))
	for i := 1; i < len(times); i++ {
		if !times[i].After(times[i-1]) {
			t.Errorf("%v is not after %v", times[i], times[i-1])
		}
	}
}
