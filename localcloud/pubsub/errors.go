package pubsub

import (
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/diskfull"
	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub/internal/store"
)

// refusal is the gRPC status that belongs to an error of the store's.
func refusal(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNoTopic):
		return status.Error(codes.NotFound, "Resource not found (resource=topic).")
	case errors.Is(err, store.ErrNoSubscription):
		return status.Error(codes.NotFound, "Resource not found (resource=subscription).")
	case errors.Is(err, store.ErrExists):
		return status.Error(codes.AlreadyExists, "Resource already exists in the project.")
	}
	err = diskfull.Refusal(err)
	if _, ok := status.FromError(err); ok {
		return err
	}
	return status.Errorf(codes.Internal, "The service could not do this: %v", err)
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func unsupported(what string) error {
	return status.Errorf(codes.Unimplemented, "The local cloud does not support %s.", what)
}
