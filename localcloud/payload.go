package localcloud

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub"
)

// gRPC itself answers RESOURCE_EXHAUSTED to a request that is too large, which Google's clients
// take for passing and send again for a minute. So it is let in up to maxReceived bytes, and
// refused here as Google's front ends do.
const maxReceived = 128 << 20

// payloads is the largest request in bytes, by the beginning of the method's name. Other methods
// take gRPC's own default.
var payloads = []struct {
	methods string
	limit   int
}{
	{"/google.firestore.", firestore.MaxRequestBytes},
	{"/google.pubsub.", pubsub.MaxRequestBytes},
	{"", 4 << 20},
}

func checkPayload(method string, req any) error {
	m, ok := req.(proto.Message)
	if !ok {
		return nil
	}
	for _, p := range payloads {
		if !strings.HasPrefix(method, p.methods) {
			continue
		}
		if proto.Size(m) > p.limit {
			return status.Errorf(codes.InvalidArgument, "Request payload size exceeds the limit: %d bytes.", p.limit)
		}
		break
	}
	return nil
}

func limitPayload(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := checkPayload(info.FullMethod, req); err != nil {
		return nil, err
	}
	return handler(ctx, req)
}

func limitPayloads(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	return handler(srv, limitedStream{stream, info.FullMethod})
}

type limitedStream struct {
	grpc.ServerStream
	method string
}

func (s limitedStream) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	return checkPayload(s.method, m)
}
