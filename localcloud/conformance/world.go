package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	admin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	resourcemanager "cloud.google.com/go/resourcemanager/apiv3"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/bulkhead-saas/bulkhead/localcloud"
)

const (
	project     = "conformance"
	projectName = "projects/" + project
)

// world is a running cloud, set up through Google's official clients.
type world struct {
	cloud *localcloud.Cloud
	dir   string // for files
}

// openWorld starts a cloud in a new folder in dir.
func openWorld(ctx context.Context, dir string) (*world, error) {
	cloud, err := localcloud.Start(ctx, localcloud.Config{
		Dir: filepath.Join(dir, "cloud"), Project: project, Logger: slog.New(slog.DiscardHandler),
	})
	return &world{cloud: cloud, dir: dir}, err
}

// address is where the cloud serves gRPC: host and port.
func (w *world) address() string { return strings.TrimPrefix(w.cloud.Endpoints().GRPC, "http://") }

// as returns what a gRPC client needs to call the cloud with a service account's key.
func (w *world) as(key []byte) []option.ClientOption {
	return []option.ClientOption{
		option.WithEndpoint(w.address()),
		option.WithAuthCredentialsJSON(option.ServiceAccount, key),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}

// asOwner is as for the owner of the project.
func (w *world) asOwner() []option.ClientOption { return w.as(w.cloud.OwnerKey()) }

// account makes a service account that has the roles on the project. It returns the account's key.
func (w *world) account(ctx context.Context, id string, roles ...string) ([]byte, error) {
	accounts, err := admin.NewIamClient(ctx, w.asOwner()...)
	if err != nil {
		return nil, err
	}
	defer accounts.Close()
	account, err := accounts.CreateServiceAccount(ctx, &adminpb.CreateServiceAccountRequest{Name: projectName, AccountId: id})
	if err != nil {
		return nil, err
	}
	key, err := accounts.CreateServiceAccountKey(ctx, &adminpb.CreateServiceAccountKeyRequest{Name: account.Name})
	if err != nil {
		return nil, err
	}
	return key.PrivateKeyData, w.grant(ctx, "serviceAccount:"+account.Email, roles)
}

func (w *world) grant(ctx context.Context, member string, roles []string) error {
	projects, err := resourcemanager.NewProjectsClient(ctx, w.asOwner()...)
	if err != nil {
		return err
	}
	defer projects.Close()
	policy, err := projects.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{
		Resource: projectName, Options: &iampb.GetPolicyOptions{RequestedPolicyVersion: 3},
	})
	if err != nil {
		return err
	}
	for _, role := range roles {
		policy.Bindings = append(policy.Bindings, &iampb.Binding{Role: role, Members: []string{member}})
	}
	_, err = projects.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: projectName, Policy: policy})
	return err
}

// file writes a file for the tests, readable by its owner alone. It returns the path.
func (w *world) file(name string, content []byte) (string, error) {
	path := filepath.Join(w.dir, name)
	return path, os.WriteFile(path, content, 0o600)
}
