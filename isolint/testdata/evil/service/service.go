package service

import (
	"context"
	"net/http"

	iam "google.golang.org/api/iam/v1"
	pubsub "google.golang.org/api/pubsub/v1"
	"google.golang.org/api/storage/v1"
)

func All(ctx context.Context) {
	_, _ = storage.NewService(ctx)     // want "client: storage.NewService makes storage.Service"
	_, _ = pubsub.NewService(ctx)      // want "client: pubsub.NewService"
	_, _ = iam.New(http.DefaultClient) // want "client: iam.New makes iam.Service"
	_ = storage.Service{}              // want "value: storage.Service is named without a pointer"
}
