package localcloud_test

import (
	"context"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// On a full disk every write is refused at once, reads go on, and once there is room so do writes,
// in the same process. Nothing that was acknowledged is lost by any of it.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	cloud := localcloudtest.Open(t, dir)
	received := prepareWriters(t, cloud)
	if err := cloud.Close(); err != nil {
		t.Fatal(err)
	}
	process := startChild(t, dir)
	writers, done := openWriters(t, cloud, received)
	books := make([]book, len(writers))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // for a client that would try for ever
	defer cancel()
	for range 2 {
		for i, w := range writers {
			if err := w.write(ctx, len(books[i].told)); err != nil {
				t.Fatalf("%s, with room: %v", w.name, err)
			}
			books[i].told = append(books[i].told, true)
		}
		process.tell("full")
		for i, w := range writers {
			for range 2 {
				err := w.write(ctx, len(books[i].told))
				if !isFull(err) {
					t.Errorf("%s, on a full disk: %v", w.name, err)
				}
				books[i].told = append(books[i].told, err == nil)
			}
		}
		for i, w := range writers {
			if w.name != "publication" { // reading those is a write: they are acknowledged
				books[i].checkAll(t, w)
			}
		}
		process.tell("room")
	}
	for i, w := range writers {
		if err := w.write(ctx, len(books[i].told)); err != nil {
			t.Errorf("%s, with room again: %v", w.name, err)
		}
		books[i].told = append(books[i].told, true)
		books[i].checkAll(t, w)
	}
	done()
	process.kill()

	writers, done = openWriters(t, localcloudtest.Open(t, dir), received)
	defer done()
	for i, w := range writers {
		books[i].checkAll(t, w)
	}
}
