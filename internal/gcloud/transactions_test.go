package gcloud_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/metadata"

	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
)

// A transaction is one call to a limit, however many it makes: none of them waits for the others,
// who may wait for its end. The next begins once it is committed, rolled back or given up.
func TestTransactionsAreLimited(t *testing.T) {
	const read = firestorepb.Firestore_BatchGetDocuments_FullMethodName
	synctest.Test(t, func(t *testing.T) {
		var begun, held atomic.Int64
		open := make(chan struct{})
		pool := serveInMemory(t, func(ctx context.Context, method string) error {
			switch method {
			case firestorepb.Firestore_BeginTransaction_FullMethodName:
				begun.Add(1)
			case "/test/Slow":
				held.Add(1)
				select {
				case <-open:
				case <-ctx.Done():
				}
			}
			return nil
		})
		bounded := pool.Within(gcloud.NewLimit(1))
		within := metadata.AppendToOutgoingContext(t.Context(), "x-goog-is-transaction", "true")
		begin := func(ctx context.Context) {
			go func() {
				_ = bounded.Invoke(ctx, firestorepb.Firestore_BeginTransaction_FullMethodName,
					new(firestorepb.BeginTransactionRequest), new(firestorepb.BeginTransactionResponse))
			}()
			synctest.Wait()
		}
		want := func(when string, n int64) {
			t.Helper()
			if synctest.Wait(); begun.Load() != n {
				t.Errorf("%s: %d transactions have begun, want %d", when, begun.Load(), n)
			}
		}
		go func() { _ = unary(t.Context(), bounded, "/test/Slow") }() // takes the one place of calls
		begin(within)
		want("at first", 1)
		for range 3 {
			go func() { _ = stream(within, bounded, "/test/Slow") }()
		}
		if synctest.Wait(); held.Load() != 4 {
			t.Errorf("%d calls are under way, want those of the transaction and the one beside it", held.Load())
		}
		if err := stream(within, bounded, read); err != nil {
			t.Errorf("a transaction reads: %v", err)
		}
		begin(within)
		want("while one is under way", 1)
		if err := bounded.Invoke(within, firestorepb.Firestore_Commit_FullMethodName, new(firestorepb.CommitRequest), new(firestorepb.CommitResponse)); err != nil {
			t.Errorf("its commit: %v", err)
		}
		want("after the commit", 2)
		gone, giveUp := context.WithCancel(within)
		begin(gone)
		if err := bounded.Invoke(within, firestorepb.Firestore_Rollback_FullMethodName, new(firestorepb.RollbackRequest), new(firestorepb.CommitResponse)); err != nil {
			t.Errorf("its end: %v", err)
		}
		want("after the other's end", 3)
		begin(within)
		want("while the third is under way", 3)
		giveUp()
		want("after it was given up", 4)
		close(open)
	})
}
