package guard

import (
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var (
	// ErrRefused reports that a request was not sent: it holds something that is not on the guard's
	// lists. The other errors of this package wrap it.
	ErrRefused = errors.New("guard: refused")

	// ErrForeign reports a request that names something outside the scope.
	ErrForeign = fmt.Errorf("%w: outside the scope", ErrRefused)

	// ErrNotPermitted reports a request that names something within the scope, for a verb that the
	// scope does not permit.
	ErrNotPermitted = fmt.Errorf("%w: not permitted by the scope", ErrRefused)
)

// Refusal is the error of a request that was not sent. Google's clients hand it through to their
// caller: it is a gRPC status with the code PermissionDenied, so they do not try again, and it
// unwraps to its kind.
type Refusal struct {
	Kind   error  // ErrRefused, ErrForeign or ErrNotPermitted
	Reason string // may quote names that the sender of the request chose
}

func refuse(kind error, format string, args ...any) *Refusal {
	return &Refusal{kind, fmt.Sprintf(format, args...)}
}

// Error says the kind and the reason.
func (r *Refusal) Error() string { return r.Kind.Error() + ": " + r.Reason }

// Unwrap returns the kind.
func (r *Refusal) Unwrap() error { return r.Kind }

// GRPCStatus lets status.Code see a refusal as what the cloud itself would have answered.
func (r *Refusal) GRPCStatus() *status.Status { return status.New(codes.PermissionDenied, r.Error()) }
