package firestoreclient

import (
	"context"

	"cloud.google.com/go/firestore"
	raw "cloud.google.com/go/firestore/apiv1"
	admin "cloud.google.com/go/firestore/apiv1/admin"
)

func All(ctx context.Context) {
	_, _ = firestore.NewClient(ctx, "p")                  // want "client: firestore.NewClient makes firestore.Client"
	_, _ = firestore.NewClientWithDatabase(ctx, "p", "d") // want "client: firestore.NewClientWithDatabase"
	_, _ = firestore.NewRESTClient(ctx, "p")              // want "client: firestore.NewRESTClient"
	_, _ = raw.NewClient(ctx)                             // want "client: firestore.NewClient makes firestore.Client"
	_, _ = raw.NewRESTClient(ctx)                         // want "client: firestore.NewRESTClient"
	_, _ = admin.NewFirestoreAdminClient(ctx)             // want "client: apiv1.NewFirestoreAdminClient"
	_, _ = admin.NewFirestoreAdminRESTClient(ctx)         // want "client: apiv1.NewFirestoreAdminRESTClient"
}
