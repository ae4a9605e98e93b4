package gcloud

import (
	"context"
	"io"
	"net/http"
	"sync"

	"golang.org/x/sync/semaphore"
)

// Limit bounds the calls that one sender has under way, so that a sender whose calls are slow to
// end cannot take the connections that all share. A call beyond it waits until another ends, for as
// long as its context allows. The nil Limit bounds nothing. Safe for concurrent use.
//
// A stream counts until it ends: until its error or io.EOF is received, or its context is done. So
// does a response whose body is not closed. A transaction of Firestore counts as one, and its calls
// do not. Of calls and of transactions there may be as many as the limit says, each.
type Limit struct {
	slots *semaphore.Weighted
	begun transactions
}

// NewLimit returns a Limit of n calls, and n transactions.
func NewLimit(n int) *Limit {
	return &Limit{
		slots: semaphore.NewWeighted(int64(n)),
		begun: transactions{slots: semaphore.NewWeighted(int64(n)), leave: map[string]func(){}},
	}
}

// enter waits for a place and returns what leaves it, which may be called several times.
func (l *Limit) enter(ctx context.Context) (leave func(), err error) {
	if l == nil {
		return func() {}, nil
	}
	return acquire(ctx, l.slots)
}

func acquire(ctx context.Context, slots *semaphore.Weighted) (leave func(), err error) {
	if err := slots.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() { slots.Release(1) }), nil
}

// Transport returns base within the limit.
func (l *Limit) Transport(base http.RoundTripper) http.RoundTripper { return limited{l, base} }

type limited struct {
	limit *Limit
	base  http.RoundTripper
}

func (t limited) RoundTrip(req *http.Request) (*http.Response, error) {
	leave, err := t.limit.enter(req.Context())
	if err != nil {
		return nil, Abandon(req, err)
	}
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		leave()
		return nil, err
	}
	resp.Body = limitedBody{resp.Body, leave}
	return resp, nil
}

type limitedBody struct {
	io.ReadCloser
	leave func()
}

func (b limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.leave()
	}
	return n, err
}

func (b limitedBody) Close() error {
	b.leave()
	return b.ReadCloser.Close()
}
