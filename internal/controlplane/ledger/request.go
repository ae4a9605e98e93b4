package ledger

import "context"

// RequestInfo says for which request something was vended. The ledger names it; nothing is decided
// by it.
type RequestInfo struct {
	ID    string // the request id that the response and the log carry too
	Route string // "GET /api/v1/users/{id}"
}

type requestKey struct{}

// WithRequest returns a context whose vends, and refused requests, are recorded as made for info.
func WithRequest(ctx context.Context, info RequestInfo) context.Context {
	return context.WithValue(ctx, requestKey{}, info)
}

// RequestOf returns what WithRequest was told; a job or a test has no request.
func RequestOf(ctx context.Context) (RequestInfo, bool) {
	info, ok := ctx.Value(requestKey{}).(RequestInfo)
	return info, ok
}
