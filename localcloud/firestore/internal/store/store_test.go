package store_test

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

var name = resource.Database{Project: "p", ID: "d"}

// clock is a clock that stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func open(t *testing.T, path string, now func() time.Time) *store.Store {
	t.Helper()
	s, err := store.Open(path, now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func create(t *testing.T, s *store.Store) *store.Database {
	t.Helper()
	err := s.Administer(func(a *store.Admin) error {
		a.Create(name, &adminpb.Database{Name: name.String(), LocationId: "eur3"})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return database(t, s)
}

func database(t *testing.T, s *store.Store) *store.Database {
	t.Helper()
	db, err := s.Database(name)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// put commits documents whose field n is the number; a negative number deletes.
func put(t *testing.T, db *store.Database, n int64, paths ...string) time.Time {
	t.Helper()
	at, err := db.Submit(func(c *store.Commit) error {
		for _, p := range paths {
			if n < 0 {
				c.Delete(resource.KeyOf(p))
			} else {
				c.Put(resource.KeyOf(p), map[string]*firestorepb.Value{"n": value.Int(n)})
			}
		}
		return nil
	}).Wait()
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func snapshot(t *testing.T, db *store.Database) *store.Snapshot {
	t.Helper()
	s, err := db.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read returns what a snapshot holds, "path=n" each.
func read(s *store.Snapshot) []string {
	out := []string{}
	for collection := range s.Collections("") {
		for d := range s.Documents(collection) {
			out = append(out, fmt.Sprintf("%s=%d", d.Key.Path(), d.Fields["n"].GetIntegerValue()))
		}
	}
	return out
}

func TestSnapshotsStayAsTheyAre(t *testing.T) {
	db := create(t, open(t, filepath.Join(t.TempDir(), "db"), time.Now))
	put(t, db, 1, "a/x", "a/y")
	before := snapshot(t, db)
	put(t, db, 2, "a/y", "b/z")
	put(t, db, -1, "a/x")
	if diff := cmp.Diff([]string{"a/x=1", "a/y=1"}, read(before)); diff != "" {
		t.Errorf("before: %s", diff)
	}
	if diff := cmp.Diff([]string{"a/y=2", "b/z=2"}, read(snapshot(t, db))); diff != "" {
		t.Errorf("after: %s", diff)
	}
}

func TestCommitsComeAboutWholeOrNotAtAll(t *testing.T) {
	db := create(t, open(t, filepath.Join(t.TempDir(), "db"), time.Now))
	put(t, db, 1, "a/x")
	wrong := errors.New("wrong")
	_, err := db.Submit(func(c *store.Commit) error {
		c.Put(resource.KeyOf("a/x"), nil)
		c.Delete(resource.KeyOf("a/x"))
		c.Put(resource.KeyOf("a/y"), nil)
		return wrong
	}).Wait()
	if !errors.Is(err, wrong) {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff([]string{"a/x=1"}, read(snapshot(t, db))); diff != "" {
		t.Error(diff)
	}
}

func TestCommitSeesItsOwnWrites(t *testing.T) {
	db := create(t, open(t, filepath.Join(t.TempDir(), "db"), time.Now))
	key := resource.KeyOf("a/x")
	_, err := db.Submit(func(c *store.Commit) error {
		if c.Get(key) != nil {
			t.Error("there before it is put")
		}
		c.Put(key, map[string]*firestorepb.Value{})
		if c.Get(key) == nil || c.Before().Get(key) != nil {
			t.Error("not there after it was put, or there before")
		}
		c.Delete(key)
		if c.Get(key) != nil {
			t.Error("there after it was deleted")
		}
		return nil
	}).Wait()
	if err != nil {
		t.Fatal(err)
	}
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	s := open(t, path, time.Now)
	db := create(t, s)
	put(t, db, 1, "a/x", "a/y", "a/x/b/z")
	put(t, db, 2, "a/y")
	put(t, db, -1, "a/x")
	before := snapshot(t, db).Get(resource.KeyOf("a/y"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Submit(func(*store.Commit) error { return nil }).Wait(); status.Code(err) != codes.Unavailable {
		t.Errorf("a commit after Close: %v", err)
	}
	db = database(t, open(t, path, time.Now))
	if diff := cmp.Diff([]string{"a/y=2", "a/x/b/z=1"}, read(snapshot(t, db))); diff != "" {
		t.Error(diff)
	}
	after := snapshot(t, db).Get(resource.KeyOf("a/y"))
	if !after.Created.Equal(before.Created) || !after.Updated.Equal(before.Updated) {
		t.Errorf("times changed: %v %v, were %v %v", after.Created, after.Updated, before.Created, before.Updated)
	}
	if db.Info().LocationId != "eur3" {
		t.Errorf("info %v", db.Info())
	}
}

func TestOneProcessAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	open(t, path, time.Now)
	if s, err := store.Open(path, time.Now, slog.New(slog.DiscardHandler)); err == nil {
		s.Close()
		t.Error("opened twice")
	}
}

func TestDeletedDatabase(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "db"), time.Now)
	old := create(t, s)
	put(t, old, 1, "a/x")
	feed, err := old.Subscribe()
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	err = s.Administer(func(a *store.Admin) error {
		a.Delete(name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Database(name); status.Code(err) != codes.NotFound {
		t.Errorf("Database: %v", err)
	}
	<-feed.Ready()
	if _, _, err := feed.Take(); status.Code(err) != codes.NotFound {
		t.Errorf("Take: %v", err)
	}
	create(t, s)
	if _, err := old.Snapshot(); status.Code(err) != codes.NotFound {
		t.Errorf("Snapshot of the deleted: %v", err)
	}
	if _, err := old.Submit(func(*store.Commit) error { return nil }).Wait(); status.Code(err) != codes.NotFound {
		t.Errorf("commit to the deleted: %v", err)
	}
	if got := read(snapshot(t, database(t, s))); len(got) > 0 {
		t.Errorf("the new database holds %v", got)
	}
}

func TestFeedTellsEachCommit(t *testing.T) {
	db := create(t, open(t, filepath.Join(t.TempDir(), "db"), time.Now))
	put(t, db, 1, "a/x")
	feed, err := db.Subscribe()
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	put(t, db, 2, "a/x", "a/y")
	put(t, db, -1, "a/x")
	put(t, db, -1, "a/nothing")
	<-feed.Ready()
	events, now, err := feed.Take()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range events {
		for _, c := range e.Changes {
			got = append(got, fmt.Sprintf("%s %v->%v", c.Key().Path(), number(c.Old), number(c.New)))
		}
		got = append(got, fmt.Sprint(read(e.After)))
	}
	want := []string{"a/x 1->2", "a/y none->2", "[a/x=2 a/y=2]", "a/x 2->none", "[a/y=2]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if now.Time().Before(events[len(events)-1].Time) {
		t.Error("the snapshot is older than the events")
	}
}

func number(d *store.Document) any {
	if d == nil {
		return "none"
	}
	return d.Fields["n"].GetIntegerValue()
}

func TestChildren(t *testing.T) {
	db := create(t, open(t, filepath.Join(t.TempDir(), "db"), time.Now))
	put(t, db, 1, "a/1", "a/1/b/2", "a!/1", "a/9/c/1", "aa/1/b/1", "d/1/e/1")
	put(t, db, 1, "gone/1/x/1")
	put(t, db, -1, "gone/1/x/1")
	for prefix, want := range map[string][]string{
		"":     {"a", "a!", "aa", "d"},
		"a/":   {"1", "9"},
		"a/1/": {"b"},
		"x/":   nil,
	} {
		if diff := cmp.Diff(want, slices.Sorted(snapshot(t, db).Children(prefix))); diff != "" {
			t.Errorf("%q: %s", prefix, diff)
		}
	}
}
