// Package generic has types and functions of type parameters, none of which is a client.
package generic

import (
	"reflect"
	"sync/atomic"

	"cloud.google.com/go/storage"
)

// Box holds a client for whoever holds the box.
type Box struct {
	client atomic.Pointer[storage.BucketHandle]
}

// Map maps.
func Map[T, U any](in []T, f func(T) U) []U {
	out := make([]U, 0, len(in))
	for _, v := range in {
		out = append(out, f(v))
	}
	return out
}

// Names names.
func Names(all []*storage.ObjectAttrs) []string {
	_ = reflect.TypeFor[storage.ObjectAttrs]()
	return Map(all, func(o *storage.ObjectAttrs) string { return o.Name })
}
