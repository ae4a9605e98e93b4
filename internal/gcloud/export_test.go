package gcloud

import (
	"context"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// GRPCTarget says where a gRPC endpoint is dialled, with what security, and whether a token may go
// there in plaintext.
func GRPCTarget(ours, google string) (target, security string, plaintext bool, err error) {
	target, creds, err := grpcTarget(ours, google)
	if err != nil {
		return "", "", false, err
	}
	p, err := Dial(ours, google)
	if err != nil {
		return "", "", false, err
	}
	defer p.Close()
	return target, creds.Info().SecurityProtocol, !bearer{secure: p.secure}.RequireTransportSecurity(), nil
}

// DialThrough prepares a pool that opens its connections by dial.
func DialThrough(dial func(context.Context, string) (net.Conn, error)) (*ConnPool, error) {
	return newPool("passthrough:///test", false,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithContextDialer(dial))
}
