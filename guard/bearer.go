package guard

import (
	"context"

	"google.golang.org/grpc"
)

// Bearer is a Caller that is always admitted, whose refused requests are told to the client alone,
// and whose credential is the access token that the function returns. The token goes over encrypted
// connections only.
type Bearer func(context.Context) (token string, err error)

var (
	_ Caller     = Bearer(nil)
	_ Credential = Bearer(nil)
)

// Admit admits.
func (b Bearer) Admit(context.Context) error { return nil }

// Credential returns b.
func (b Bearer) Credential(context.Context) (Credential, error) { return b, nil }

// Refused returns err.
func (b Bearer) Refused(_ context.Context, err error) error { return err }

// Rejected returns nil: there is no other credential.
func (b Bearer) Rejected(context.Context, Credential) Credential { return nil }

// CallOption puts the token on a call.
func (b Bearer) CallOption() grpc.CallOption { return grpc.PerRPCCredentials(onCall(b)) }

// Authorization is the token as the value of a header.
func (b Bearer) Authorization(ctx context.Context) (string, error) {
	token, err := b(ctx)
	if err != nil {
		return "", err
	}
	return "Bearer " + token, nil
}

// onCall is a Bearer as gRPC takes one.
type onCall Bearer

func (c onCall) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	value, err := Bearer(c).Authorization(ctx)
	if err != nil {
		return nil, err
	}
	return map[string]string{"authorization": value}, nil
}

func (c onCall) RequireTransportSecurity() bool { return true }
