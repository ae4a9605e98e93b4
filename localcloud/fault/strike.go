package fault

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// errCut is worded as gRPC's clients word a connection that they lost.
var errCut = status.Error(codes.Unavailable, "error reading from server: EOF")

var errClosing = status.Error(codes.Unavailable, "the local cloud is closing")

// strike waits as long as the rule says and returns what the call ends with: nil if it goes on.
func (i *Injector) strike(ctx context.Context, r Rule) error {
	if r.Delay > 0 {
		timer := time.NewTimer(r.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-i.closed:
			return errClosing
		case <-ctx.Done():
			return status.FromContextError(ctx.Err()).Err()
		}
	}
	if r.Cut {
		return errCut
	}
	return status.Error(r.Code, r.Message) // nil for OK
}
