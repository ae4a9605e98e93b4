package recordcache

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/singleflight"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	recordLife   = 4 * time.Second // with a pulse on top, what another process wrote is seen within 5 s
	recordsKept  = 16_384
	absencesKept = 4_096
	readTimeout  = 5 * time.Second
)

// Cache remembers records of the control plane, for at most recordLife. That there is no such
// record is remembered too, in a store of its own: whoever asks for many names that do not exist
// pushes out no name that does.
type Cache[K Key, V any] struct {
	read  func(context.Context, K) (V, error) // errAbsent if there is no such record
	now   func() time.Time
	Newer func(a, b V) bool // whether a replaced b; nil: values of one key do not change

	flights singleflight.Group

	mu      sync.Mutex
	records *simplelru.LRU[K, record[V]]
	absent  *simplelru.LRU[K, time.Time] // until when
	writes  uint64                       // counts put: a read that began before one may answer from before it
}

// ErrAbsent reports that there is no such record.
var ErrAbsent = errors.New("no such record")

// ReadError is the error of reading one record: ErrAbsent if there is none, else ErrUnavailable.
func ReadError(err error) error {
	switch {
	case err == nil:
		return nil
	case status.Code(err) == codes.NotFound:
		return ErrAbsent
	}
	return tenant.Unavailable("control plane", err)
}

type Key interface {
	comparable
	String() string
}

type record[V any] struct {
	value V
	until time.Time
}

func New[K Key, V any](now func() time.Time, read func(context.Context, K) (V, error)) *Cache[K, V] {
	c := &Cache[K, V]{read: read, now: now}
	c.records, _ = simplelru.NewLRU[K, record[V]](recordsKept, nil) // fails for a size below one alone
	c.absent, _ = simplelru.NewLRU[K, time.Time](absencesKept, nil)
	return c
}

// Get returns the record of k: ErrAbsent if there is none, ErrUnavailable if it could not be read.
// Any number of concurrent callers cost one read, which outlives the caller who caused it.
func (c *Cache[K, V]) Get(ctx context.Context, k K) (V, error) {
	if v, known, err := c.lookup(k); known {
		return v, err
	}
	flight := c.flights.DoChan(k.String(), func() (any, error) { return c.fetch(context.WithoutCancel(ctx), k) })
	select {
	case r := <-flight:
		if r.Err != nil {
			var none V
			return none, r.Err
		}
		return r.Val.(V), nil
	case <-ctx.Done():
		var none V
		return none, tenant.Unavailable("control plane", ctx.Err())
	}
}

func (c *Cache[K, V]) lookup(k K) (v V, known bool, err error) {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, ok := c.records.Get(k); ok {
		if now.Before(r.until) {
			return r.value, true, nil
		}
		c.records.Remove(k)
	}
	if until, ok := c.absent.Get(k); ok {
		if now.Before(until) {
			return v, true, ErrAbsent
		}
		c.absent.Remove(k)
	}
	return v, false, nil
}

func (c *Cache[K, V]) fetch(ctx context.Context, k K) (V, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	began := c.now()
	c.mu.Lock()
	writes := c.writes
	c.mu.Unlock()

	v, err := c.read(ctx, k)

	c.mu.Lock()
	defer c.mu.Unlock()
	switch until := began.Add(recordLife); {
	case c.writes != writes: // perhaps overtaken: answer, but do not remember
	case err == nil:
		c.records.Add(k, record[V]{v, until})
	case errors.Is(err, ErrAbsent):
		c.absent.Add(k, until)
	}
	return v, err
}

// Put remembers what this process has just written, or read past the cache. It keeps a newer value,
// for two writers may call it in another order than they wrote. An absence that is still noted for
// k does not count any more: lookup asks for records first.
func (c *Cache[K, V]) Put(k K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes++
	if kept, ok := c.records.Peek(k); !ok || c.Newer == nil || !c.Newer(kept.value, v) {
		c.records.Add(k, record[V]{v, c.now().Add(recordLife)})
	}
	c.flights.Forget(k.String())
}

// Len returns how many records, and how many absences, are remembered.
func (c *Cache[K, V]) Len() (records, absent int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.records.Len(), c.absent.Len()
}
