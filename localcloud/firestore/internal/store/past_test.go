package store_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
)

// Old versions that take too much room are let go after five minutes, in the order they were made;
// what somebody reads at the time stays for a minute.
func TestThePastHasLimitedRoom(t *testing.T) {
	c := newClock()
	db := create(t, open(t, filepath.Join(t.TempDir(), "db"), c.Now))
	large := func() time.Time {
		t.Helper()
		text := &firestorepb.Value{ValueType: &firestorepb.Value_StringValue{StringValue: strings.Repeat("x", 1<<20)}}
		at, err := db.Submit(func(c *store.Commit) error {
			c.Put(resource.KeyOf("a/large"), map[string]*firestorepb.Value{"x": text})
			return nil
		}).Wait()
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	var written []time.Time
	for range 41 { // 40 versions are past, of which there is room for 31
		written = append(written, large())
	}
	keeps := func(at time.Time, want codes.Code) {
		t.Helper()
		_, err := db.SnapshotAt(at)
		if got := status.Code(err); got != want {
			t.Fatalf("got %v, want %v", err, want)
		}
	}
	put(t, db, 1, "b/x")
	keeps(written[0], codes.OK) // too much, but not for long

	reader, err := db.SnapshotAt(written[0])
	if err != nil {
		t.Fatal(err)
	}
	c.move(5*time.Minute + time.Second)
	put(t, db, 2, "b/x")
	keeps(written[0], codes.FailedPrecondition)
	keeps(written[20], codes.OK)
	put(t, db, 3, "b/x")
	if reader.Get(resource.KeyOf("a/large")) == nil {
		t.Error("a version is gone under its reader")
	}
	c.move(time.Minute)
	put(t, db, 4, "b/x")
	put(t, db, 5, "b/x")
	keeps(written[20], codes.OK)
	keeps(written[40], codes.OK)
	if err := db.Keeps(written[0]); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("a reader of long ago: %v", err)
	}
}
