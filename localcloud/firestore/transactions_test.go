package firestore_test

import (
	"context"
	"sync"
	"testing"

	client "cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
)

func TestContendedIncrementsAreNotLost(t *testing.T) {
	_, db := fresh(t)
	ctx := context.Background()
	doc := db.Doc("counters/one")
	must[*client.WriteResult](t)(doc.Set(ctx, map[string]any{"n": 0}))

	const workers, each = 6, 5
	var tries int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range each {
				err := db.RunTransaction(ctx, func(_ context.Context, tx *client.Transaction) error {
					mu.Lock()
					tries++
					mu.Unlock()
					snap, err := tx.Get(doc)
					if err != nil {
						return err
					}
					n := snap.Data()["n"].(int64)
					return tx.Set(doc, map[string]any{"n": n + 1})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	snap := must[*client.DocumentSnapshot](t)(doc.Get(ctx))
	if n := snap.Data()["n"]; n != int64(workers*each) {
		t.Errorf("the counter is at %v, want %d", n, workers*each)
	}
	if tries != workers*each {
		t.Errorf("%d tries for %d increments: transactions abort instead of waiting", tries, workers*each)
	}
}

func TestCreateExisting(t *testing.T) {
	_, db := fresh(t)
	ctx := context.Background()
	must[*client.WriteResult](t)(db.Doc("a/b").Create(ctx, map[string]any{"x": 1}))
	_, err := db.Doc("a/b").Create(ctx, map[string]any{"x": 1})
	mustCode(t, err, codes.AlreadyExists)
}
