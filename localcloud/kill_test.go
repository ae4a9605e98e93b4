package localcloud_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"cloud.google.com/go/firestore"
	admin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"

	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// childDir names the variable that makes this test binary run a cloud on a folder, until it is killed.
const childDir = "LOCALCLOUD_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		cloud, err := localcloud.Start(context.Background(), localcloud.Config{Dir: dir, Project: localcloudtest.Project})
		if err == nil {
			err = json.NewEncoder(os.Stdout).Encode(cloud.Endpoints())
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		select {}
	}
	os.Exit(m.Run())
}

// What a client was told is done is there after the process was killed in the middle of its work.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	cloud := localcloudtest.Open(t, dir)
	key := cloud.OwnerKey()
	tenantKey := createTenant(t, cloud, "tn-aaaaaaaaaa")
	if err := cloud.Close(); err != nil {
		t.Fatal(err)
	}

	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	child.Stderr = os.Stderr
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	ready := bufio.NewScanner(stdout)
	if !ready.Scan() {
		t.Fatal("the child did not start")
	}

	// Both clients are of the closed cloud, whose addresses are the child's.
	accounts, err := admin.NewIamClient(t.Context(), localcloudtest.GRPC(cloud, key)...)
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	documents := firestoreClient(t, cloud, tenantKey, "tn-aaaaaaaaaa")

	const enough = 40 // acknowledged writes, before the kill
	acknowledged := make(chan string)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var writers sync.WaitGroup
	for n := range 3 {
		writers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				id := fmt.Sprintf("writer-%d-%05d", n, i)
				if err := write(ctx, accounts, documents, id); err != nil {
					return
				}
				acknowledged <- id
			}
		})
	}
	go func() {
		writers.Wait()
		close(acknowledged)
	}()
	var written []string
	for id := range acknowledged {
		if written = append(written, id); len(written) == enough {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = child.Wait() // killed, it says
			cancel()
		}
	}
	if len(written) < enough {
		t.Fatalf("only %d writes were acknowledged", len(written))
	}

	again := localcloudtest.Open(t, dir)
	accounts, err = admin.NewIamClient(t.Context(), localcloudtest.GRPC(again, key)...)
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	documents = firestoreClient(t, again, tenantKey, "tn-aaaaaaaaaa")
	for _, id := range written {
		email := id + "@" + localcloudtest.Project + ".iam.gserviceaccount.com"
		if _, err := accounts.GetServiceAccount(t.Context(), &adminpb.GetServiceAccountRequest{Name: projectName + "/serviceAccounts/" + email}); err != nil {
			t.Errorf("account %s: %v", id, err)
		}
		if _, err := documents.Doc("notes/" + id).Get(t.Context()); err != nil {
			t.Errorf("document %s: %v", id, err)
		}
	}
}

// write makes an account and a document of that id.
func write(ctx context.Context, accounts *admin.IamClient, documents *firestore.Client, id string) error {
	if _, err := accounts.CreateServiceAccount(ctx, &adminpb.CreateServiceAccountRequest{Name: projectName, AccountId: id}); err != nil {
		return err
	}
	_, err := documents.Doc("notes/"+id).Create(ctx, map[string]any{"id": id})
	return err
}
