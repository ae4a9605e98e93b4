package transaction_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/resource"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore/internal/transaction"
)

var (
	ctx  = context.Background()
	one  = resource.KeyOf("a/1")
	two  = resource.KeyOf("a/2")
	long = transaction.Limits{Idle: time.Hour, Life: time.Hour, Wait: time.Hour}
)

func newDatabase(t *testing.T) *store.Database {
	t.Helper()
	s, err := store.Open(filepath.Join(t.TempDir(), "db"), time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	name := resource.Database{Project: "p", ID: "d"}
	err = s.Administer(func(a *store.Admin) error {
		a.Create(name, &adminpb.Database{})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	db, err := s.Database(name)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func mustLock(t *testing.T, tx *transaction.Transaction, keys ...resource.Key) {
	t.Helper()
	if err := tx.Lock(ctx, keys...); err != nil {
		t.Fatal(err)
	}
}

func TestLocksArePassedInTurn(t *testing.T) {
	table, db := transaction.NewTable(long, time.Now), newDatabase(t)
	first := table.Begin(db, nil)
	mustLock(t, first, one, two, one)
	got := make(chan int)
	var waiting []*transaction.Transaction
	for i := range 3 {
		tx := table.Begin(db, nil)
		waiting = append(waiting, tx)
		go func() {
			if err := tx.Lock(ctx, one); err != nil {
				t.Error(err)
			}
			got <- i
		}()
		transaction.AwaitQueue(table, db, one, i+1)
	}
	first.End()
	for i, tx := range waiting {
		if turn := <-got; turn != i {
			t.Errorf("it was the turn of %d, and %d got the lock", i, turn)
		}
		tx.End()
	}
	if n := transaction.Locks(table); n != 0 {
		t.Errorf("%d locks are left", n)
	}
}

func TestCirclesEndAtOnce(t *testing.T) {
	table, db := transaction.NewTable(long, time.Now), newDatabase(t)
	a, b := table.Begin(db, nil), table.Begin(db, nil)
	mustLock(t, a, one)
	mustLock(t, b, two)
	done := make(chan error)
	go func() { done <- a.Lock(ctx, two) }()
	transaction.AwaitQueue(table, db, two, 1)
	if err := b.Lock(ctx, one); status.Code(err) != codes.Aborted {
		t.Fatalf("got %v, want Aborted", err)
	}
	b.End()
	if err := <-done; err != nil {
		t.Errorf("the other: %v", err)
	}
}

func TestWaitsAreBounded(t *testing.T) {
	table, db := transaction.NewTable(transaction.Limits{Idle: time.Hour, Life: time.Hour, Wait: time.Millisecond}, time.Now), newDatabase(t)
	a, b := table.Begin(db, nil), table.Begin(db, nil)
	mustLock(t, a, one)
	if err := b.Lock(ctx, one); status.Code(err) != codes.Aborted {
		t.Errorf("a transaction: got %v, want Aborted", err)
	}
	if err := table.Yield(ctx, db, []resource.Key{one}); err != nil {
		t.Errorf("a plain write should go ahead: %v", err)
	}
}

func TestWaitsEndWithTheirRequest(t *testing.T) {
	table, db := transaction.NewTable(long, time.Now), newDatabase(t)
	a, b := table.Begin(db, nil), table.Begin(db, nil)
	mustLock(t, a, one)
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if err := b.Lock(canceled, one); status.Code(err) != codes.Canceled {
		t.Errorf("a transaction: got %v, want Canceled", err)
	}
	if err := table.Yield(canceled, db, []resource.Key{one}); status.Code(err) != codes.Canceled {
		t.Errorf("a plain write: got %v, want Canceled", err)
	}
	done := make(chan error)
	go func() { done <- b.Lock(ctx, one) }()
	transaction.AwaitQueue(table, db, one, 1)
	b.End()
	if err := <-done; status.Code(err) != codes.InvalidArgument {
		t.Errorf("a transaction that ended: got %v, want InvalidArgument", err)
	}
}

func TestUnusedTransactionsExpire(t *testing.T) {
	table, db := transaction.NewTable(transaction.Limits{Idle: time.Millisecond, Life: time.Hour, Wait: time.Hour}, time.Now), newDatabase(t)
	tx := table.Begin(db, nil)
	other := table.Begin(db, nil)
	if _, err := table.Acquire(db, []byte(other.ID)); err != nil { // in use: does not expire
		t.Fatal(err)
	}
	// The lock is passed on when its holder expires.
	if tx, err := table.Acquire(db, []byte(tx.ID)); err == nil {
		mustLock(t, tx, one)
		tx.Release()
	}
	mustLock(t, other, one)
	if _, err := table.Acquire(db, []byte(tx.ID)); status.Code(err) != codes.InvalidArgument {
		t.Errorf("got %v, want InvalidArgument", err)
	}
}

// A clock that is put forward ends what is due by it, but nothing that is in use.
func TestTransactionsExpireByTheClock(t *testing.T) {
	now, db := time.Now(), newDatabase(t)
	table := transaction.NewTable(transaction.DefaultLimits, func() time.Time { return now })
	unused, used, fresh := table.Begin(db, nil), table.Begin(db, nil), table.Begin(db, nil)
	mustLock(t, unused, one)
	for _, tx := range []*transaction.Transaction{used, fresh} {
		if _, err := table.Acquire(db, []byte(tx.ID)); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(transaction.DefaultLimits.Idle)
	fresh.Release()
	table.Expire()
	if _, err := table.Acquire(db, []byte(unused.ID)); status.Code(err) != codes.InvalidArgument {
		t.Errorf("unused: got %v, want InvalidArgument", err)
	}
	mustLock(t, used, one) // free again
	if _, err := table.Acquire(db, []byte(fresh.ID)); err != nil {
		t.Errorf("used just now: %v", err)
	}
	fresh.Release()
	now = now.Add(transaction.DefaultLimits.Life)
	table.Expire()
	if _, err := table.Acquire(db, []byte(fresh.ID)); status.Code(err) != codes.InvalidArgument {
		t.Errorf("too old: got %v, want InvalidArgument", err)
	}
}

func TestTransactionsBelongToTheirDatabase(t *testing.T) {
	table, db, other := transaction.NewTable(long, time.Now), newDatabase(t), newDatabase(t)
	tx := table.Begin(db, nil)
	if _, err := table.Acquire(other, []byte(tx.ID)); status.Code(err) != codes.InvalidArgument {
		t.Errorf("Acquire: got %v, want InvalidArgument", err)
	}
	if err := table.Rollback(other, []byte(tx.ID)); status.Code(err) != codes.InvalidArgument {
		t.Errorf("Rollback: got %v, want InvalidArgument", err)
	}
	if err := table.Rollback(db, []byte(tx.ID)); err != nil {
		t.Errorf("Rollback at home: %v", err)
	}
}
