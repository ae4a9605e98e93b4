package console_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cloud.google.com/go/firestore"
	fsadmin "cloud.google.com/go/firestore/apiv1/admin"
	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	iamadmin "cloud.google.com/go/iam/admin/apiv1"
	iamadminpb "cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	resourcemanager "cloud.google.com/go/resourcemanager/apiv3"
	"cloud.google.com/go/storage"
	"golang.org/x/net/html"
	"google.golang.org/api/option"
	"google.golang.org/genproto/googleapis/type/expr"

	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

const (
	project  = "projects/" + localcloudtest.Project
	database = "tn-0123456789"
	bucket   = localcloudtest.Project + "-files"
)

// world is a cloud with an account that has a database and a bucket, and one that has nothing.
// Official clients made it.
type world struct {
	t       *testing.T
	cloud   *localcloud.Cloud
	address string // of the console
	iam     *iamadmin.IamClient

	tenant, stranger string                // e-mail addresses
	documents        *firestore.Client     // as the owner
	objects          *storage.BucketHandle // as the owner
}

// condition is what the tenant's right to its database depends on.
const condition = `resource.name == "` + project + `/databases/` + database + `"`

func newWorld(t *testing.T) *world {
	t.Helper()
	cloud := localcloudtest.New(t)
	w := &world{t: t, cloud: cloud, address: cloud.Endpoints().Console}
	owner := localcloudtest.GRPC(cloud, cloud.OwnerKey())
	w.iam = try(iamadmin.NewIamClient(t.Context(), owner...))(t)
	t.Cleanup(func() { w.iam.Close() })
	w.tenant, w.stranger = w.account(database), w.account("stranger")

	databases := try(fsadmin.NewFirestoreAdminClient(t.Context(), owner...))(t)
	defer databases.Close()
	op := try(databases.CreateDatabase(t.Context(), &adminpb.CreateDatabaseRequest{
		Parent: project, DatabaseId: database, Database: &adminpb.Database{LocationId: "nam5", Type: adminpb.Database_FIRESTORE_NATIVE},
	}))(t)
	try(op.Wait(t.Context()))(t)
	w.bindOwnDatabase()
	w.documents = w.firestore(cloud.OwnerKey())

	w.objects = w.storage(cloud.OwnerKey()).Bucket(bucket)
	must(t, w.objects.Create(t.Context(), localcloudtest.Project, &storage.BucketAttrs{
		Labels: map[string]string{"tenant": "acme"}, VersioningEnabled: true,
		CORS: []storage.CORS{{Origins: []string{"http://app.example"}, Methods: []string{"PUT"}}},
	}))
	return w
}

// in is the world for a test within the test.
func (w *world) in(t *testing.T) *world {
	inner := *w
	inner.t = t
	return &inner
}

func (w *world) account(id string) (email string) {
	return try(w.iam.CreateServiceAccount(w.t.Context(), &iamadminpb.CreateServiceAccountRequest{
		Name: project, AccountId: id, ServiceAccount: &iamadminpb.ServiceAccount{DisplayName: "<script>alert(1)</script>"},
	}))(w.t).Email
}

// key makes a key of an account.
func (w *world) key(email string) []byte {
	return try(w.iam.CreateServiceAccountKey(w.t.Context(), &iamadminpb.CreateServiceAccountKeyRequest{
		Name: project + "/serviceAccounts/" + email,
	}))(w.t).PrivateKeyData
}

func (w *world) bindOwnDatabase() {
	projects := try(resourcemanager.NewProjectsClient(w.t.Context(), localcloudtest.GRPC(w.cloud, w.cloud.OwnerKey())...))(w.t)
	defer projects.Close()
	policy := try(projects.GetIamPolicy(w.t.Context(), &iampb.GetIamPolicyRequest{Resource: project}))(w.t)
	policy.Version = 3
	policy.Bindings = append(policy.Bindings, &iampb.Binding{
		Role: "roles/datastore.user", Members: []string{"serviceAccount:" + w.tenant},
		Condition: &expr.Expr{Title: "its own database", Expression: condition},
	})
	try(projects.SetIamPolicy(w.t.Context(), &iampb.SetIamPolicyRequest{Resource: project, Policy: policy}))(w.t)
}

func (w *world) firestore(key []byte) *firestore.Client { return w.firestoreOf(database, key) }

func (w *world) firestoreOf(database string, key []byte) *firestore.Client {
	c := try(firestore.NewClientWithDatabase(w.t.Context(), localcloudtest.Project, database, localcloudtest.GRPC(w.cloud, key)...))(w.t)
	w.t.Cleanup(func() { c.Close() })
	return c
}

func (w *world) storage(key []byte) *storage.Client {
	c := try(storage.NewClient(w.t.Context(), option.WithEndpoint(w.cloud.Endpoints().Storage+"/storage/v1/"),
		option.WithAuthCredentialsJSON(option.ServiceAccount, key), storage.WithJSONReads()))(w.t)
	w.t.Cleanup(func() { c.Close() })
	return c
}

func (w *world) put(name, kind string, content []byte) {
	w.t.Helper()
	o := w.objects.Object(name).NewWriter(w.t.Context())
	o.ContentType = kind
	_, err := o.Write(content)
	must(w.t, err)
	must(w.t, o.Close())
}

// at is the address of a page with parameters: name, value, name, value.
func at(path string, parameters ...string) string {
	q := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		q.Set(parameters[i], parameters[i+1])
	}
	return path + "?" + q.Encode()
}

// get answers a GET of the console; the status must be want.
func (w *world) get(path string, want int) (http.Header, string) {
	w.t.Helper()
	res := try(http.Get(w.address + path))(w.t)
	defer res.Body.Close()
	body := try(io.ReadAll(res.Body))(w.t)
	if res.StatusCode != want {
		w.t.Fatalf("GET %s: %d, want %d: %s", path, res.StatusCode, want, body)
	}
	return res.Header, string(body)
}

// page parses a page of the console.
func (w *world) page(path string) page {
	w.t.Helper()
	_, body := w.get(path, http.StatusOK)
	return page{w.t, path, try(html.Parse(strings.NewReader(body)))(w.t)}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// try is a call that must not fail: try(call())(t).
func try[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		must(t, err)
		return v
	}
}
