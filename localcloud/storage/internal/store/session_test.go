package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// world is a store with a bucket "b", in a folder, with a clock that the test moves.
type world struct {
	*store.Store
	t   *testing.T
	dir string
	now time.Time
}

func newWorld(t *testing.T, settings store.BucketSettings) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: time.Now()}
	var err error
	w.Store, err = store.Open(w.dir, func() time.Time { return w.now })
	must(t, err)
	t.Cleanup(func() { w.Close() })
	_, err = w.CreateBucket(store.Bucket{Name: "b", Settings: settings})
	must(t, err)
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func admit(*store.Object) error { return nil }

// begin begins an upload, of which something has arrived.
func (w *world) begin(name string) store.Session {
	w.t.Helper()
	ses, err := w.Begin(store.Session{Object: store.Object{Bucket: "b", Name: name}})
	must(w.t, err)
	b, err := w.Resume(ses)
	must(w.t, err)
	defer b.Release()
	_, err = b.Write([]byte("content"))
	must(w.t, err)
	ses, err = w.Advance(ses, b)
	must(w.t, err)
	return ses
}

// upload uploads an object and returns the session's id and the generation.
func (w *world) upload(name string) (id string, generation int64) {
	w.t.Helper()
	ses := w.begin(name)
	b, err := w.Resume(ses)
	must(w.t, err)
	o, err := w.Finish(ses, b, admit)
	must(w.t, err)
	return ses.ID, o.Generation
}

// holds fails the test unless so many sessions and contents are on disk.
func (w *world) holds(sessions, contents int) {
	w.t.Helper()
	n, err := w.Sessions()
	must(w.t, err)
	files, err := os.ReadDir(filepath.Join(w.dir, "blobs"))
	must(w.t, err)
	if n != sessions || len(files) != contents {
		w.t.Errorf("there are %d sessions and %d contents, not %d and %d", n, len(files), sessions, contents)
	}
}

func TestAFinishedSessionGoesWithItsGeneration(t *testing.T) {
	for name, end := range map[string]func(w *world, generation int64) error{
		"deleted": func(w *world, _ int64) error { return w.DeleteObject("b", "o", 0, admit) },
		"deleted by generation": func(w *world, generation int64) error {
			return w.DeleteObject("b", "o", generation, admit)
		},
		"replaced": func(w *world, _ int64) error {
			b, err := w.NewBlob()
			if err != nil {
				return err
			}
			_, err = w.Put(store.Object{Bucket: "b", Name: "o"}, b, admit)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, store.BucketSettings{})
			id, generation := w.upload("o")
			if ses, err := w.Session(id); err != nil || ses.Finished != generation {
				t.Fatalf("before: %+v, %v", ses, err)
			}
			must(t, end(w, generation))
			if _, err := w.Session(id); !errors.Is(err, store.ErrNoSession) {
				t.Errorf("after: %v", err)
			}
		})
	}
}

func TestAnArchivedGenerationKeepsItsSession(t *testing.T) {
	w := newWorld(t, store.BucketSettings{Versioning: &store.Versioning{Enabled: true}})
	first, generation := w.upload("o")
	w.upload("o")
	if ses, err := w.Session(first); err != nil || ses.Finished != generation {
		t.Errorf("archived: %+v, %v", ses, err)
	}
	must(t, w.DeleteObject("b", "o", generation, admit))
	w.holds(1, 1)
}

func TestOldSessionsGo(t *testing.T) {
	w := newWorld(t, store.BucketSettings{})
	for range 20 {
		w.begin("never finished")
		w.now = w.now.Add(time.Minute)
	}
	w.upload("o")
	w.holds(21, 21)
	w.now = w.now.Add(store.SessionLife - 11*time.Minute)
	w.begin("new") // 9 are too old; it removes 8
	w.holds(14, 14)
	w.begin("new")
	w.begin("new")
	w.holds(15, 15)
	w.now = w.now.Add(time.Hour)
	must(t, w.ExpireSessions())
	w.holds(3, 4) // the object that was made stays
}
