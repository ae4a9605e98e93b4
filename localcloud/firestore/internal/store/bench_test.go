package store_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/value"
)

func newStore(b *testing.B, path string) (*store.Store, *store.Database) {
	b.Helper()
	s, err := store.Open(path, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	err = s.Administer(func(a *store.Admin) error {
		a.Create(name, &adminpb.Database{Name: name.String()})
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	db, err := s.Database(name)
	if err != nil {
		b.Fatal(err)
	}
	return s, db
}

// BenchmarkOpen opens a store of 100,000 documents.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "db")
	s, db := newStore(b, path)
	_, err := db.Submit(func(c *store.Commit) error {
		for i := range 100_000 {
			c.Put(resource.KeyOf(fmt.Sprintf("files/f%06d", i)), map[string]*firestorepb.Value{
				"n": value.Int(int64(i)), "at": value.Time(c.Time), "name": value.Ref(fmt.Sprint("name of ", i)),
			})
		}
		return nil
	}).Wait()
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := store.Open(path, time.Now, slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}

// BenchmarkCommit commits one document at a time, alone and beside others: those share their
// fsyncs.
func BenchmarkCommit(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprint(writers, "writers"), func(b *testing.B) {
			_, db := newStore(b, filepath.Join(b.TempDir(), "db"))
			work := make(chan int)
			var wg sync.WaitGroup
			for range writers {
				wg.Go(func() {
					for i := range work {
						_, err := db.Submit(func(c *store.Commit) error {
							c.Put(resource.KeyOf(fmt.Sprint("a/", i%1000)), map[string]*firestorepb.Value{"n": value.Int(int64(i))})
							return nil
						}).Wait()
						if err != nil {
							b.Error(err)
						}
					}
				})
			}
			i := 0
			for b.Loop() {
				work <- i
				i++
			}
			close(work)
			wg.Wait()
		})
	}
}
