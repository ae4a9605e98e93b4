package linecomment

import (
	"context"

	"cloud.google.com/go/storage"
)

//line harmless_test.go:1
func All(ctx context.Context) {
	_, _ = storage.NewClient(ctx) // want "client: storage.NewClient"
}
