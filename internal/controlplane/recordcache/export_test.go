package recordcache

import (
	"context"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"time"
)

// TestCache is a cache over any way to read.
type TestCache = Cache[tenant.ID, tenant.Tenant]

// NewTestCache returns one.
func NewTestCache(read func(context.Context, tenant.ID) (tenant.Tenant, error)) *TestCache {
	return New(time.Now, read)
}

func (c *Cache[K, V]) Look(ctx context.Context, k K) (V, error) { return c.Get(ctx, k) }
func (c *Cache[K, V]) Keep(k K, v V)                            { c.Put(k, v) }
func (c *Cache[K, V]) Sizes() (records, absent int)             { return c.Len() }

// ErrNone is the error of a record that does not exist.
var ErrNone = ErrAbsent
