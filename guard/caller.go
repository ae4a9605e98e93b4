package guard

import (
	"context"

	"google.golang.org/grpc"
)

// Caller is on whose behalf a Conn or a Transport sends. Its methods may be called by several
// goroutines at once.
type Caller interface {
	// Admit is asked before each request, and on a stream that stays open for each message
	// received. Its error is returned to the client, and the request is not sent.
	Admit(context.Context) error

	// Credential returns what the next request is sent with. Its error is returned to the client.
	Credential(context.Context) (Credential, error)

	// Refused is told of each request that the guard has refused, with a *Refusal. What it returns,
	// which must not be nil, the client is given.
	Refused(context.Context, error) error

	// Rejected is told that the cloud did not accept a credential. It returns another to try once,
	// or nil.
	Rejected(context.Context, Credential) Credential
}

// Credential is what a request is sent with.
type Credential interface {
	// CallOption puts it on a call of Firestore's.
	CallOption() grpc.CallOption

	// Authorization returns the value of the header that puts it on a request of Storage's.
	Authorization(context.Context) (string, error)
}

// judge admits the caller, has the guard look at a request, and returns the credential to send it
// with.
func judge(ctx context.Context, c Caller, look func() error) (Credential, error) {
	if err := c.Admit(ctx); err != nil {
		return nil, err
	}
	if err := look(); err != nil {
		return nil, c.Refused(ctx, err)
	}
	return c.Credential(ctx)
}
