package generics

import (
	"context"

	"cloud.google.com/go/storage"
)

// New calls whatever it is given.
func New[T any, O any](ctx context.Context, open func(context.Context, ...O) (T, error)) (T, error) {
	return open(ctx)
}

func zero[T any]() *T { return new(T) }

func as[T any](v any) T { return v.(T) }

func like[T any](*T) *T { return new(T) }

func All(ctx context.Context, v any, files *storage.Client) {
	_, _ = New(ctx, storage.NewClient) // want "client: storage.NewClient" "assert: New is instantiated with \\*storage.Client"
	_ = zero[storage.Client]()         // want "assert: zero is instantiated with storage.Client"
	_ = as[*storage.Client](v)         // want "assert: as is instantiated with \\*storage.Client"
	_ = like(files)                    // want "assert: like is instantiated with storage.Client"
}
