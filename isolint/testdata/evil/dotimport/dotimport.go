package dotimport

import (
	"context"

	. "cloud.google.com/go/storage"
)

func All(ctx context.Context) {
	_, _ = NewClient(ctx) // want "client: storage.NewClient"
}
