package tenancy

import (
	"context"
	"time"
)

// RecordCache is a cache over any way to read.
type RecordCache = recordCache[ID, Tenant]

// MakeRecordCache returns one.
func MakeRecordCache(read func(context.Context, ID) (Tenant, error)) *RecordCache {
	return newRecordCache(time.Now, read)
}

func (c *recordCache[K, V]) Look(ctx context.Context, k K) (V, error) { return c.get(ctx, k) }
func (c *recordCache[K, V]) Keep(k K, v V)                            { c.put(k, v) }
func (c *recordCache[K, V]) Sizes() (records, absent int)             { return c.sizes() }

// ErrNone is the error of a record that does not exist.
var ErrNone = errAbsent
