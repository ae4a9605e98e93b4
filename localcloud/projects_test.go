package localcloud_test

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/firestore"
	fsadmin "cloud.google.com/go/firestore/apiv1/admin"
	fsadminpb "cloud.google.com/go/firestore/apiv1/admin/adminpb"
	admin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	resourcemanager "cloud.google.com/go/resourcemanager/apiv3"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"cloud.google.com/go/storage"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

const (
	cell     = "bulkhead-cell" // the second project
	cellName = "projects/" + cell
	cellFile = "bulkhead-cell-files" // its bucket
)

// newProjects starts a cloud of two projects, and gives the second one a database, a bucket, a
// topic and an account.
func newProjects(t *testing.T, dir string) *localcloud.Cloud {
	t.Helper()
	cloud, err := localcloud.Start(t.Context(), localcloud.Config{Dir: dir, Project: localcloudtest.Project, Projects: []string{cell}})
	must(t, err)
	t.Cleanup(func() { must(t, cloud.Close()) })
	owner := localcloudtest.GRPC(cloud, cloud.OwnerKeyOf(cell))
	databases, err := fsadmin.NewFirestoreAdminClient(t.Context(), owner...)
	must(t, err)
	defer databases.Close()
	op, err := databases.CreateDatabase(t.Context(), &fsadminpb.CreateDatabaseRequest{
		Parent: cellName, DatabaseId: "files", Database: &fsadminpb.Database{LocationId: "eur3", Type: fsadminpb.Database_FIRESTORE_NATIVE},
	})
	must(t, err)
	_, err = op.Wait(t.Context())
	must(t, err)
	must(t, storageClient(t, cloud, cloud.OwnerKeyOf(cell)).Bucket(cellFile).Create(t.Context(), cell, nil))
	_, err = pubsubClient(t, cloud, cloud.OwnerKeyOf(cell)).TopicAdminClient.CreateTopic(t.Context(), &pubsubpb.Topic{Name: cellName + "/topics/files"})
	must(t, err)
	accounts := accountsClient(t, cloud, cloud.OwnerKeyOf(cell))
	_, err = accounts.CreateServiceAccount(t.Context(), &adminpb.CreateServiceAccountRequest{Name: cellName, AccountId: "worker"})
	must(t, err)
	return cloud
}

func accountsClient(t *testing.T, cloud *localcloud.Cloud, key []byte) *admin.IamClient {
	t.Helper()
	c, err := admin.NewIamClient(t.Context(), localcloudtest.GRPC(cloud, key)...)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// inCell is what an account can do in the second project, by the role that lets it.
func inCell(t *testing.T, cloud *localcloud.Cloud, key []byte) map[string]func() error {
	t.Helper()
	ctx := t.Context()
	documents, err := firestore.NewClientWithDatabase(ctx, cell, "files", localcloudtest.GRPC(cloud, key)...)
	must(t, err)
	t.Cleanup(func() { documents.Close() })
	bucket := storageClient(t, cloud, key).Bucket(cellFile)
	topics := pubsubClient(t, cloud, key).TopicAdminClient
	accounts := accountsClient(t, cloud, key)
	return map[string]func() error{
		"roles/datastore.user": func() error {
			_, err := documents.Doc("notes/n").Set(ctx, map[string]any{"text": "hello"})
			return err
		},
		"roles/storage.objectAdmin": func() error { return put(t, bucket, "n", "hello") },
		"roles/pubsub.publisher": func() error {
			_, err := topics.Publish(ctx, &pubsubpb.PublishRequest{
				Topic: cellName + "/topics/files", Messages: []*pubsubpb.PubsubMessage{{Data: []byte("hello")}},
			})
			return err
		},
		"roles/iam.serviceAccountKeyAdmin": func() error {
			_, err := accounts.CreateServiceAccountKey(ctx, &adminpb.CreateServiceAccountKeyRequest{
				Name: cellName + "/serviceAccounts/worker@" + cell + ".iam.gserviceaccount.com",
			})
			return err
		},
	}
}

// An account may do in another project what a binding there says, and nothing else: whatever it is
// in its own.
func TestAProjectIsNotAnother(t *testing.T) {
	cloud := newProjects(t, t.TempDir())
	someone, key := createAccount(t, cloud, "someone")
	for name, key := range map[string][]byte{"an account": key, "the owner of the first project": cloud.OwnerKey()} {
		for role, call := range inCell(t, cloud, key) {
			if err := call(); answerOf(err) != codes.PermissionDenied {
				t.Errorf("%s, without %s: %v", name, role, err)
			}
		}
	}
	calls := inCell(t, cloud, key)
	for role := range calls {
		bindInCell(t, cloud, role, "serviceAccount:"+someone.Email)
		for other, call := range calls {
			want := codes.PermissionDenied
			if other == role {
				want = codes.OK
			}
			if err := call(); answerOf(err) != want {
				t.Errorf("with %s, what takes %s: %v", role, other, err)
			}
		}
	}
	// Nor does the binding reach back.
	if _, err := firestoreClient(t, cloud, cloud.OwnerKeyOf(cell), "files").Doc("notes/n").Get(t.Context()); status.Code(err) != codes.PermissionDenied {
		t.Errorf("the second project's owner in the first: %v", err)
	}
}

// answerOf is the code of a call's answer, over gRPC or over HTTP.
func answerOf(err error) codes.Code {
	var refused *googleapi.Error
	if errors.As(err, &refused) && refused.Code == http.StatusForbidden {
		return codes.PermissionDenied
	}
	return status.Code(err)
}

// bindInCell has the second project's policy grant one role to one member, beside what its owner
// has.
func bindInCell(t *testing.T, cloud *localcloud.Cloud, role, member string) {
	t.Helper()
	projects, err := resourcemanager.NewProjectsClient(t.Context(), localcloudtest.GRPC(cloud, cloud.OwnerKeyOf(cell))...)
	must(t, err)
	defer projects.Close()
	policy, err := projects.GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{Resource: cellName})
	must(t, err)
	policy.Bindings = slices.DeleteFunc(policy.Bindings, func(b *iampb.Binding) bool { return b.Role != "roles/owner" })
	policy.Bindings = append(policy.Bindings, &iampb.Binding{Role: role, Members: []string{member}})
	_, err = projects.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{Resource: cellName, Policy: policy})
	must(t, err)
}

// Each project lists what is its own.
func TestProjectsListTheirOwn(t *testing.T) {
	cloud := newProjects(t, t.TempDir())
	createTenant(t, cloud, "tn-aaaaaaaaaa")
	_, err := pubsubClient(t, cloud, cloud.OwnerKey()).TopicAdminClient.CreateTopic(t.Context(), &pubsubpb.Topic{Name: projectName + "/topics/first"})
	must(t, err)
	for project, want := range map[string]map[string][]string{
		localcloudtest.Project: {
			"accounts":  {"owner@bulkhead-test.iam.gserviceaccount.com", "tn-aaaaaaaaaa@bulkhead-test.iam.gserviceaccount.com"},
			"databases": {projectName + "/databases/tn-aaaaaaaaaa"}, "buckets": {bucketName("tn-aaaaaaaaaa")}, "topics": {projectName + "/topics/first"},
		},
		cell: {
			"accounts":  {"owner@bulkhead-cell.iam.gserviceaccount.com", "worker@bulkhead-cell.iam.gserviceaccount.com"},
			"databases": {cellName + "/databases/files"}, "buckets": {cellFile}, "topics": {cellName + "/topics/files"},
		},
	} {
		if diff := cmp.Diff(want, lists(t, cloud, project)); diff != "" {
			t.Errorf("%s: %s", project, diff)
		}
	}
}

func lists(t *testing.T, cloud *localcloud.Cloud, project string) map[string][]string {
	t.Helper()
	ctx, key, parent := t.Context(), cloud.OwnerKeyOf(project), "projects/"+project
	all := map[string][]string{}
	for it := accountsClient(t, cloud, key).ListServiceAccounts(ctx, &adminpb.ListServiceAccountsRequest{Name: parent}); ; {
		a, err := it.Next()
		if err == iterator.Done {
			break
		}
		must(t, err)
		all["accounts"] = append(all["accounts"], a.Email)
		if a.Name != parent+"/serviceAccounts/"+a.Email || a.ProjectId != project {
			t.Errorf("the account is %v", a)
		}
	}
	databases, err := fsadmin.NewFirestoreAdminClient(ctx, localcloudtest.GRPC(cloud, key)...)
	must(t, err)
	defer databases.Close()
	listed, err := databases.ListDatabases(ctx, &fsadminpb.ListDatabasesRequest{Parent: parent})
	must(t, err)
	for _, d := range listed.Databases {
		all["databases"] = append(all["databases"], d.Name)
	}
	for it := storageClient(t, cloud, key).Buckets(ctx, project); ; {
		b, err := it.Next()
		if err == iterator.Done {
			break
		}
		must(t, err)
		all["buckets"] = append(all["buckets"], b.Name)
	}
	for it := pubsubClient(t, cloud, key).TopicAdminClient.ListTopics(ctx, &pubsubpb.ListTopicsRequest{Project: parent}); ; {
		topic, err := it.Next()
		if err == iterator.Done {
			break
		}
		must(t, err)
		all["topics"] = append(all["topics"], topic.Name)
	}
	return all
}

// An account is not reached under another project's name, a role of one project is none of
// another's, and a refusal does not tell where a bucket lies.
func TestNamesAcrossProjects(t *testing.T) {
	cloud := newProjects(t, t.TempDir())
	someone, key := createAccount(t, cloud, "someone")
	ofCell := accountsClient(t, cloud, cloud.OwnerKeyOf(cell))
	for _, id := range []string{someone.Email, someone.UniqueId} {
		_, err := ofCell.CreateServiceAccountKey(t.Context(), &adminpb.CreateServiceAccountKeyRequest{Name: cellName + "/serviceAccounts/" + id})
		if status.Code(err) != codes.NotFound {
			t.Errorf("a key for %s under the second project's name: %v", id, err)
		}
		_, err = ofCell.CreateServiceAccountKey(t.Context(), &adminpb.CreateServiceAccountKeyRequest{Name: "projects/-/serviceAccounts/" + id})
		if status.Code(err) != codes.PermissionDenied || strings.Contains(err.Error(), projectName) {
			t.Errorf("a key for %s under no project's name: %v", id, err)
		}
	}
	_, err := ofCell.CreateRole(t.Context(), &adminpb.CreateRoleRequest{
		Parent: cellName, RoleId: "reader", Role: &adminpb.Role{IncludedPermissions: []string{"datastore.entities.get"}},
	})
	must(t, err)
	bindInCell(t, cloud, cellName+"/roles/reader", "serviceAccount:"+someone.Email)
	for _, holder := range []string{projectName, projectName + "/serviceAccounts/" + someone.Email, "projects/_/buckets/nowhere"} {
		_, err := cloud.IAM().SetPolicy(holder, &iampb.Policy{Bindings: []*iampb.Binding{
			{Role: cellName + "/roles/reader", Members: []string{"serviceAccount:" + someone.Email}},
		}})
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("the role on %s: %v", holder, err)
		}
	}
	_, err = cloud.IAM().SetPolicy("projects/_/buckets/"+cellFile, &iampb.Policy{Bindings: []*iampb.Binding{
		{Role: cellName + "/roles/reader", Members: []string{"serviceAccount:" + someone.Email}},
	}})
	must(t, err)

	stranger := storageClient(t, cloud, key)
	_, there := stranger.Bucket(cellFile).Attrs(t.Context())
	_, missing := stranger.Bucket("bulkhead-cell-filez").Attrs(t.Context())
	if there == nil || missing == nil || strings.ReplaceAll(there.Error(), cellFile, "B") != strings.ReplaceAll(missing.Error(), "bulkhead-cell-filez", "B") {
		t.Errorf("a refusal tells what is there:\n%v\n%v", there, missing)
	}
	if _, err := storageClient(t, cloud, cloud.OwnerKeyOf(cell)).Bucket("bulkhead-cell-filez").Attrs(t.Context()); err != storage.ErrBucketNotExist && !strings.Contains(err.Error(), "doesn't exist") {
		t.Errorf("a missing bucket, asked for by who may make it: %v", err)
	}
}

// Each project has users of its own: neither an administrator nor a token of one counts in the
// other.
func TestUsersOfProjects(t *testing.T) {
	w := &walk{t: t, cloud: newProjects(t, t.TempDir())}
	first, second := "Bearer "+selfSigned(t, w.cloud.OwnerKey(), nil), "Bearer "+selfSigned(t, w.cloud.OwnerKeyOf(cell), nil)
	base := w.cloud.Endpoints().Identity
	const anna = `{"email": "anna@example.com", "password": "correct horse", "returnSecureToken": true}`
	for project, owners := range map[string][]string{localcloudtest.Project: {first, second}, cell: {second, first}} {
		accounts := base + "/v1/projects/" + project + "/accounts"
		if got := w.callHTTP(http.MethodPost, accounts, anna, owners[1]); got.code != codes.PermissionDenied {
			t.Errorf("the other project's owner in %s: %s", project, got)
		}
		if got := w.callHTTP(http.MethodPost, accounts, `{"localId": "anna-of-`+project+`", "email": "anna@example.com", "password": "correct horse"}`, owners[0]); got.code != codes.OK {
			t.Fatalf("an account in %s: %s", project, got)
		}
		if got := w.callHTTP(http.MethodPatch, base+"/v2/projects/"+project+"/config?updateMask=signIn.email", `{"signIn": {"email": {"enabled": true}}}`, owners[0]); got.code != codes.OK {
			t.Fatalf("the settings of %s: %s", project, got)
		}
	}
	keys := []string{w.cloud.APIKeyOf(localcloudtest.Project), w.cloud.APIKeyOf(cell)}
	for i, project := range []string{localcloudtest.Project, cell} {
		got := w.callHTTP(http.MethodPost, base+"/v1/accounts:signInWithPassword?key="+keys[i], anna, "")
		if !bytes.Contains(got.content, []byte("anna-of-"+project)) {
			t.Fatalf("signing in at %s: %s", project, got)
		}
		_, token, _ := strings.Cut(string(got.content), `"idToken":"`)
		token, _, _ = strings.Cut(token, `"`)
		for j, key := range keys {
			got := w.callHTTP(http.MethodPost, base+"/v1/accounts:lookup?key="+key, `{"idToken": "`+token+`"}`, "")
			if (got.code == codes.OK) != (i == j) {
				t.Errorf("the token of %s with key %d: %s", project, j, got)
			}
		}
	}
}

// A project that was made stays, with its owner's key, when the cloud is started again without
// being told of it.
func TestProjectsAreDurable(t *testing.T) {
	dir := t.TempDir()
	cloud, err := localcloud.Start(t.Context(), localcloud.Config{Dir: dir, Project: localcloudtest.Project})
	must(t, err)
	key, err := cloud.CreateProject(cell)
	must(t, err)
	again, err := cloud.CreateProject(cell)
	if err != nil || !bytes.Equal(key, again) {
		t.Errorf("made again: %v", err)
	}
	for _, id := range []string{"", "x", "Capital", "a/b-c-d", "../../etc"} {
		if _, err := cloud.CreateProject(id); status.Code(err) != codes.InvalidArgument {
			t.Errorf("a project %q: %v", id, err)
		}
	}
	apiKey := cloud.APIKeyOf(cell)
	must(t, cloud.Close())

	cloud = localcloudtest.Open(t, dir)
	if diff := cmp.Diff([]string{localcloudtest.Project, cell}, cloud.Projects()); diff != "" {
		t.Error(diff)
	}
	file, err := os.ReadFile(cloud.OwnerKeyFileOf(cell))
	if err != nil || !bytes.Equal(key, file) || !bytes.Equal(key, cloud.OwnerKeyOf(cell)) || apiKey == "" || apiKey != cloud.APIKeyOf(cell) {
		t.Errorf("its keys are others: %v", err)
	}
	projects, err := resourcemanager.NewProjectsClient(t.Context(), localcloudtest.GRPC(cloud, key)...)
	must(t, err)
	defer projects.Close()
	p, err := projects.GetProject(t.Context(), &resourcemanagerpb.GetProjectRequest{Name: cellName})
	if err != nil || p.ProjectId != cell {
		t.Errorf("the project is %v, %v", p, err)
	}
	if _, err := projects.GetProject(t.Context(), &resourcemanagerpb.GetProjectRequest{Name: projectName}); status.Code(err) != codes.PermissionDenied {
		t.Errorf("the first project, for the second's owner: %v", err)
	}
}
