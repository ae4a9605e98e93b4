package localcloud_test

import (
	"testing"

	admin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"

	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

func TestOwnerCreatesAccount(t *testing.T) {
	cloud := localcloudtest.New(t)
	client, err := admin.NewIamClient(t.Context(), localcloudtest.GRPC(cloud, cloud.OwnerKey())...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	a, err := client.CreateServiceAccount(t.Context(), &adminpb.CreateServiceAccountRequest{
		Name:      "projects/" + localcloudtest.Project,
		AccountId: "tn-0123456789",
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "tn-0123456789@" + localcloudtest.Project + ".iam.gserviceaccount.com"; a.Email != want {
		t.Errorf("e-mail %q, want %q", a.Email, want)
	}
}
