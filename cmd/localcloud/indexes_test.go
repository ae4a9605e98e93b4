package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"cloud.google.com/go/firestore"
	admin "cloud.google.com/go/firestore/apiv1/admin"
	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// A query that needs an index is refused, unless the command was told to run it.
func TestIndexesFlag(t *testing.T) {
	for flag, want := range map[string]codes.Code{
		"-projects=": codes.FailedPrecondition, "-indexes=on": codes.FailedPrecondition, "-indexes=off": codes.OK,
	} {
		t.Run(flag, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "cloud")
			lines, stop := start(t, "-dir", dir, "-project", "some-project", flag)
			printed := untilReady(t, lines)
			key, err := os.ReadFile(regexp.MustCompile(`Owner's key  (\S+)`).FindStringSubmatch(printed)[1])
			check(t, err)
			to := []option.ClientOption{
				option.WithEndpoint(regexp.MustCompile(`gRPC +http://(\S+)`).FindStringSubmatch(printed)[1]),
				option.WithAuthCredentialsJSON(option.ServiceAccount, key),
				option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
			}
			databases, err := admin.NewFirestoreAdminClient(t.Context(), to...)
			check(t, err)
			defer databases.Close()
			op, err := databases.CreateDatabase(t.Context(), &adminpb.CreateDatabaseRequest{
				Parent: "projects/some-project", DatabaseId: "main",
				Database: &adminpb.Database{LocationId: "nam5", Type: adminpb.Database_FIRESTORE_NATIVE},
			})
			check(t, err)
			_, err = op.Wait(t.Context())
			check(t, err)
			db, err := firestore.NewClientWithDatabase(t.Context(), "some-project", "main", to...)
			check(t, err)
			defer db.Close()
			_, err = db.Collection("c").Where("a", "==", 1).OrderBy("b", firestore.Asc).Documents(t.Context()).GetAll()
			if got := status.Code(err); got != want {
				t.Errorf("got %v, want %s", err, want)
			}
			check(t, stop())
		})
	}
	if err := run(t.Context(), []string{"-indexes=no"}, io.Discard, io.Discard); err == nil {
		t.Error("-indexes=no is taken")
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
