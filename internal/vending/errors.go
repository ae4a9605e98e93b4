package vending

import (
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/guard"
)

var (
	// ErrDenied reports that the principal may not have what was asked for. It is recorded in the
	// ledger before it is returned. Where package tenancy gave the reason, the error wraps that
	// too: tenant.ErrUnauthenticated, ErrTenantDenied or ErrUnavailable.
	ErrDenied = errors.New("vending: denied")

	// ErrForeign reports that a request named a resource outside the grant and was not sent. It
	// wraps ErrDenied and guard.ErrForeign; its gRPC code is PermissionDenied.
	ErrForeign = fmt.Errorf("%w: %w", ErrDenied, guard.ErrForeign)

	// ErrReadOnly reports a request for more than the grant permits with a resource of its own: a
	// write on a read-only grant, for one. It was not sent. It wraps ErrDenied and
	// guard.ErrNotPermitted; its gRPC code is PermissionDenied.
	ErrReadOnly = fmt.Errorf("%w: %w", ErrDenied, guard.ErrNotPermitted)
)

// refusal is a request that was not sent. Google's clients hand it through to their caller: it is a
// gRPC status, so they do not retry it, and it unwraps to its kind.
type refusal struct {
	kind   error // ErrDenied, ErrForeign, ErrReadOnly, or an error that wraps one of them
	reason string
}

func refuse(kind error, format string, args ...any) *refusal {
	return &refusal{kind, fmt.Sprintf(format, args...)}
}

// denied is a refusal of the guard's as a refusal of a grant.
func denied(err error) error {
	r, ok := errors.AsType[*guard.Refusal](err)
	switch {
	case !ok:
		return &refusal{ErrDenied, err.Error()}
	case errors.Is(err, guard.ErrForeign):
		return &refusal{ErrForeign, r.Reason}
	case errors.Is(err, guard.ErrNotPermitted):
		return &refusal{ErrReadOnly, r.Reason}
	}
	return &refusal{ErrDenied, r.Reason}
}

func (r *refusal) Error() string { return r.kind.Error() + ": " + r.reason }

func (r *refusal) Unwrap() error { return r.kind }

// GRPCStatus lets status.Code see a refusal as what the cloud itself would have answered.
func (r *refusal) GRPCStatus() *status.Status { return status.New(codes.PermissionDenied, r.Error()) }
