package localcloud_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/api/transport/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// A request that is too large is refused once, and not as something that passes.
func TestLargeRequests(t *testing.T) {
	cloud := localcloudtest.New(t)
	conn, err := grpc.DialInsecure(t.Context(), append(localcloudtest.GRPC(cloud, cloud.OwnerKey()),
		option.WithScopes("https://www.googleapis.com/auth/cloud-platform"))...)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const database = projectName + "/databases/none"
	text := func(n int) *firestorepb.Value {
		return &firestorepb.Value{ValueType: &firestorepb.Value_StringValue{StringValue: strings.Repeat("x", n)}}
	}
	query := func(n int) *firestorepb.StructuredQuery {
		return &firestorepb.StructuredQuery{Where: &firestorepb.StructuredQuery_Filter{FilterType: &firestorepb.StructuredQuery_Filter_FieldFilter{
			FieldFilter: &firestorepb.StructuredQuery_FieldFilter{Value: text(n)}}}}
	}
	for _, test := range []struct {
		name string
		call func() error
		want codes.Code
	}{
		{"a commit of 9 MiB", func() error {
			_, err := firestorepb.NewFirestoreClient(conn).Commit(t.Context(), &firestorepb.CommitRequest{
				Database: database, Transaction: make([]byte, 9<<20)})
			return err
		}, codes.NotFound},
		{"a commit of 12 MiB", func() error {
			_, err := firestorepb.NewFirestoreClient(conn).Commit(t.Context(), &firestorepb.CommitRequest{
				Database: database, Transaction: make([]byte, 12<<20)})
			return err
		}, codes.InvalidArgument},
		{"a commit of 40 MiB", func() error {
			_, err := firestorepb.NewFirestoreClient(conn).Commit(t.Context(), &firestorepb.CommitRequest{
				Database: database, Transaction: make([]byte, 40<<20)})
			return err
		}, codes.InvalidArgument},
		{"a query of 12 MiB", func() error {
			stream, err := firestorepb.NewFirestoreClient(conn).RunQuery(t.Context(), &firestorepb.RunQueryRequest{
				Parent: database + "/documents", QueryType: &firestorepb.RunQueryRequest_StructuredQuery{StructuredQuery: query(12 << 20)}})
			if err == nil {
				_, err = stream.Recv()
			}
			return err
		}, codes.InvalidArgument},
		{"11 MB to publish", func() error {
			_, err := pubsubpb.NewPublisherClient(conn).Publish(t.Context(), &pubsubpb.PublishRequest{
				Topic: projectName + "/topics/none", Messages: []*pubsubpb.PubsubMessage{{Data: make([]byte, 11_500_000)}}})
			return err
		}, codes.InvalidArgument},
		{"a policy of 5 MiB", func() error {
			_, err := iampb.NewIAMPolicyClient(conn).GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{
				Resource: projectName + "/topics/" + strings.Repeat("x", 5<<20)})
			return err
		}, codes.InvalidArgument},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := test.call(); status.Code(err) != test.want {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}
