package adminclient

import (
	"context"

	iamadmin "cloud.google.com/go/iam/admin/apiv1"
	resourcemanager "cloud.google.com/go/resourcemanager/apiv3"
)

func All(ctx context.Context) {
	_, _ = iamadmin.NewIamClient(ctx)                // want "client: admin.NewIamClient"
	_, _ = resourcemanager.NewProjectsClient(ctx)    // want "client: resourcemanager.NewProjectsClient"
	_, _ = resourcemanager.NewFoldersRESTClient(ctx) // want "client: resourcemanager.NewFoldersRESTClient"
}
