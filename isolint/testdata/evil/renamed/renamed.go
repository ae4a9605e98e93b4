package renamed

import (
	"context"

	json "cloud.google.com/go/storage"
)

func All(ctx context.Context) {
	_, _ = json.NewClient(ctx) // want "client: storage.NewClient"
}
