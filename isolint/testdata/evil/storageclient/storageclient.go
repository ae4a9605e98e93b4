package storageclient

import (
	"context"

	"cloud.google.com/go/storage"
)

func All(ctx context.Context) {
	_, _ = storage.NewClient(ctx)     // want "client: storage.NewClient makes storage.Client"
	_, _ = storage.NewGRPCClient(ctx) // want "client: storage.NewGRPCClient"
}
