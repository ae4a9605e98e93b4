package stub

import (
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc"
)

func Stub(conn grpc.ClientConnInterface) {
	_ = firestorepb.NewFirestoreClient(conn) // want "client: firestorepb.NewFirestoreClient makes firestorepb.FirestoreClient"
}
