package guard_test

import (
	"context"
	"net/http"
	"testing"

	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/metadata"
)

// What a look at one request costs.
func BenchmarkGuard(b *testing.B) {
	ctx := metadata.NewOutgoingContext(context.Background(), metadata.Pairs(
		"google-cloud-resource-prefix", own, "x-goog-is-transaction", "false", "x-goog-api-client", "gl-go/1.26",
		"x-goog-request-params", "project_id=p&database_id=tn-own0000000",
		"x-goog-request-params", "database=projects%2Fp%2Fdatabases%2Ftn-own0000000"))
	get := &fs.BatchGetDocumentsRequest{Database: own, Documents: []string{ownUser}}
	b.Run("Message", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := silo.Firestore(service+"BatchGetDocuments", get, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Metadata", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := silo.Metadata(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
	r := storageRequest(b, http.MethodGet, objects+"/uploads%2Fu1%2Foriginal?alt=media")
	b.Run("Storage", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := cloudStorage(silo, r); err != nil {
				b.Fatal(err)
			}
		}
	})
}
