package gcloud

import (
	"context"
	"slices"
	"sync"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc/metadata"
)

// transactions are those that one sender has under way.
type transactions struct {
	slots *semaphore.Weighted

	mu    sync.Mutex
	leave map[string]func() // by the name of the transaction
}

// admit waits for a call's place. A transaction takes its place when it begins, and its other calls
// need none: one that reads a document may wait there for another transaction's commit, which must
// not wait for it in turn.
func (l *Limit) admit(ctx context.Context, message any) (leave func(), err error) {
	if l == nil {
		return func() {}, nil
	}
	if _, begins := message.(*firestorepb.BeginTransactionRequest); begins {
		return acquire(ctx, l.begun.slots)
	}
	if ofTransaction(ctx) {
		return func() {}, nil
	}
	return l.enter(ctx)
}

// ended does what the end of a call that had a place comes to: the place is free again, or kept for
// the transaction that has begun. It is freed by the transaction's end, or by that of ctx.
func (l *Limit) ended(ctx context.Context, message, answer any, failed bool, leave func()) {
	if l == nil {
		return
	}
	begun, ok := answer.(*firestorepb.BeginTransactionResponse)
	if !ok || failed {
		leave()
		switch message.(type) {
		case *firestorepb.CommitRequest, *firestorepb.RollbackRequest:
			l.begun.end(message)
		}
		return
	}
	name := string(begun.GetTransaction())
	l.begun.mu.Lock()
	defer l.begun.mu.Unlock()
	forget := context.AfterFunc(ctx, func() { l.begun.free(name) })
	l.begun.leave[name] = func() {
		forget()
		leave()
	}
}

func (t *transactions) end(message any) {
	if m, ok := message.(interface{ GetTransaction() []byte }); ok {
		t.free(string(m.GetTransaction()))
	}
}

// free frees a transaction's place, if it has one.
func (t *transactions) free(name string) {
	t.mu.Lock()
	leave := t.leave[name]
	delete(t.leave, name)
	t.mu.Unlock()
	if leave != nil {
		leave()
	}
}

// ofTransaction reports whether a call is part of a transaction, as Google's client says in its
// metadata.
func ofTransaction(ctx context.Context) bool {
	md, _ := metadata.FromOutgoingContext(ctx)
	return slices.Equal(md["x-goog-is-transaction"], []string{"true"})
}
