package grpcdial

import "google.golang.org/grpc"

func All(target string) {
	_, _ = grpc.NewClient(target) // want "client: grpc.NewClient makes grpc.ClientConn"
	_, _ = grpc.Dial(target)      // want "client: grpc.Dial makes grpc.ClientConn"
	_ = &grpc.ClientConn{}        // want "value: grpc.ClientConn is named without a pointer"
}
