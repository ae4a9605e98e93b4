package onboarding

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// eventually calls f until it succeeds, fails for good, or patience is over: what was made a moment
// ago is not known everywhere yet.
func eventually(ctx context.Context, patience time.Duration, passing func(error) bool, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := f(ctx)
		if err == nil || !passing(err) {
			return err
		}
		select {
		case <-time.After(wait/2 + rand.N(wait)):
		case <-ctx.Done():
			return fmt.Errorf("%w, while waiting for: %w", ctx.Err(), err)
		}
	}
}

// conflicting reports whether somebody else changed a policy between our reading and our writing
// it.
func conflicting(err error) bool {
	switch status.Code(err) {
	case codes.Aborted, codes.FailedPrecondition:
		return true
	}
	return answered(err, http.StatusPreconditionFailed)
}

// unsettled reports whether err may only mean that a new account, key or binding is not known
// everywhere.
func unsettled(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	switch status.Code(err) {
	case codes.Unauthenticated, codes.PermissionDenied, codes.NotFound, codes.Unavailable:
		return true
	}
	return answered(err, http.StatusUnauthorized) || answered(err, http.StatusForbidden) ||
		answered(err, http.StatusNotFound) || answered(err, http.StatusServiceUnavailable)
}

// exists reports that a thing of this name is there already.
func exists(err error) bool {
	return status.Code(err) == codes.AlreadyExists || answered(err, http.StatusConflict)
}

// missing reports that there is no thing of this name.
func missing(err error) bool {
	return status.Code(err) == codes.NotFound || answered(err, http.StatusNotFound)
}

// answered reports whether err is an HTTP answer of this status.
func answered(err error, code int) bool {
	var e *googleapi.Error
	return errors.As(err, &e) && e.Code == code
}
