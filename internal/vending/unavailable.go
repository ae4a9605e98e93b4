package vending

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ErrUnavailable reports that nothing was vended because the vault or the registry could not be
// read. It is recorded in the ledger as a failure. The same vend may succeed a moment later.
var ErrUnavailable = errors.New("vending: not possible right now")

// Unavailable reports whether err, of Vend or of a vended client, says that the cloud did not do
// what was asked for a reason that lies neither in the request nor in the caller's rights: it is
// away, or busy, or does not accept the tenant's key. The clients have repeated by then what may be
// repeated.
func Unavailable(err error) bool {
	if errors.Is(err, ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) || Cancelled(err) {
		return true
	}
	switch status.Code(err) {
	case codes.Unavailable, codes.ResourceExhausted, codes.Internal, codes.Aborted, codes.DeadlineExceeded,
		codes.Unauthenticated:
		return true
	}
	if answer, ok := errors.AsType[*googleapi.Error](err); ok {
		switch answer.Code {
		case http.StatusUnauthorized, http.StatusRequestTimeout, http.StatusTooManyRequests:
			return true
		}
		return answer.Code >= http.StatusInternalServerError
	}
	_, ok := errors.AsType[*url.Error](err) // no answer at all
	return ok && !errors.Is(err, ErrDenied)
}

// Cancelled reports whether err says that whoever asked has given up.
func Cancelled(err error) bool {
	return errors.Is(err, context.Canceled) || status.Code(err) == codes.Canceled
}
