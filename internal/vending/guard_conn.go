package vending

import (
	"context"
	"net/http"

	gtransport "google.golang.org/api/transport/grpc"
	"google.golang.org/grpc"

	"github.com/bulkhead-saas/bulkhead/guard"
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
)

// sender is a caller as the guard sees one: it is asked before each request whether it is still
// valid, is told of each refusal, and has the tenant's credential.
type sender struct{ *caller }

var _ guard.Caller = sender{}

// Admit returns a refusal, which is recorded, if the caller is no longer valid.
func (s sender) Admit(ctx context.Context) error { return s.valid(ctx) }

// Credential returns the tenant's key, as long as the vault has one.
func (s sender) Credential(ctx context.Context) (guard.Credential, error) {
	key, err := s.credential(ctx)
	if err != nil {
		return nil, err
	}
	return key, nil
}

// Refused records a request that the guard refused.
func (s sender) Refused(ctx context.Context, err error) error { return s.refused(ctx, denied(err)) }

// Rejected looks in the vault for another key: it may have been rotated a moment ago.
func (s sender) Rejected(ctx context.Context, used guard.Credential) guard.Credential {
	if fresh := s.home.rejected(ctx, used.(*credential)); fresh != nil {
		return fresh
	}
	return nil
}

// CallOption is the credential on a Firestore call.
func (c *credential) CallOption() grpc.CallOption { return c.call }

// Authorization is the credential on a Storage request.
func (c *credential) Authorization(ctx context.Context) (string, error) {
	return gcloud.Authorization(ctx, c.creds)
}

// conn is the connection of the caller's Firestore client: the shared one, with the guard before
// it.
func (c *caller) conn() gtransport.ConnPool {
	return guard.NewConn(c.guard, c.issued, sender{c}, sharedPool{c.home})
}

// transport is the transport of the caller's Storage client: the shared one, with the guard before
// it.
func (c *caller) transport() http.RoundTripper {
	m := c.home.machine
	return guard.NewTransport(c.guard, c.issued, sender{c}, m.storage, c.home.requests.Transport(m.http))
}

// sharedPool is the shared connection pool as the guard sees one, within the tenant's limit of
// calls.
type sharedPool struct{ home *compartment }

func (p sharedPool) Pick() grpc.ClientConnInterface { return p.home.machine.pool.Within(p.home.calls) }
func (p sharedPool) Num() int                       { return p.home.machine.pool.Num() }
