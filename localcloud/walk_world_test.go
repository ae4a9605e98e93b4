package localcloud_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// names are what one tenant's things are called.
type names struct {
	id       string
	tenant   string   // of Identity Platform
	keyID    string   // of the account
	uniqueID string   // of the account
	replace  []string // for strings.NewReplacer: what differs between two names
	expand   *strings.Replacer
}

// walk is a cloud with two tenants, and all the credentials that there are to try.
type walk struct {
	t     *testing.T
	cloud *localcloud.Cloud
	conn  *grpc.ClientConn

	mine, theirs, nobodys names

	owner, tenant string // Authorization headers
	strangers     []stranger
}

func newWalk(t *testing.T) *walk {
	w := &walk{t: t, cloud: localcloudtest.New(t)}
	var err error
	w.conn, err = grpc.NewClient(strings.TrimPrefix(w.cloud.Endpoints().GRPC, "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.conn.Close() })
	w.owner = "Bearer " + selfSigned(t, w.cloud.OwnerKey(), nil)

	mine, theirs := createTenant(t, w.cloud, "tn-aaaaaaaaaa"), createTenant(t, w.cloud, "tn-bbbbbbbbbb")
	w.tenant = "Bearer " + selfSigned(t, mine, nil)
	w.strangers = w.newStrangers(theirs)
	w.mine, w.theirs = w.furnish("tn-aaaaaaaaaa", mine, "own"), w.furnish("tn-bbbbbbbbbb", theirs, "canary")
	w.nobodys = w.named("tn-nobodys000", "tenant-nobodys0", w.theirs.keyID, "100000000000000000000")
	w.must("google.iam.admin.v1.IAM/CreateRole", w.mine,
		`{"parent": "{project}", "roleId": "walked", "role": {"includedPermissions": ["datastore.databases.get"]}}`)
	return w
}

// furnish gives a tenant something of each kind. secret is what is written wherever there is a
// place for it.
func (w *walk) furnish(id string, key []byte, secret string) names {
	w.t.Helper()
	tenant := w.postAsOwner("/v2/projects/"+localcloudtest.Project+"/tenants", `{"displayName": "globex", "allowPasswordSignup": true}`)
	path := strings.TrimPrefix(tenant["name"].(string), "projects/"+localcloudtest.Project+"/tenants/")
	n := w.named(id, path, keyOf(w.t, key).ID, keyOf(w.t, key).UniqueID)

	w.must("google.firestore.v1.Firestore/CreateDocument", n,
		`{"parent": "{db}/documents", "collectionId": "notes", "documentId": "n", "document": {"fields": {"text": {"stringValue": "`+secret+`"}}}}`)
	w.must("google.pubsub.v1.Publisher/CreateTopic", n, `{"name": "{topic}", "labels": {"secret": "`+secret+`"}}`)
	w.must("google.pubsub.v1.Subscriber/CreateSubscription", n, `{"name": "{subscription}", "topic": "{topic}"}`)
	w.must("google.pubsub.v1.Publisher/Publish", n, `{"topic": "{topic}", "messages": [{"attributes": {"secret": "`+secret+`"}}]}`)
	w.must("google.cloud.scheduler.v1.CloudScheduler/CreateJob", n, `{"parent": "{location}", "job": {"name": "{job}", "description": "`+secret+`",
		"schedule": "0 0 1 1 *", "httpTarget": {"uri": "http://127.0.0.1:1/"}}}`)
	if err := put(w.t, storageClient(w.t, w.cloud, w.cloud.OwnerKey()).Bucket(bucketName(id)), "notes/n", secret); err != nil {
		w.t.Fatal(err)
	}
	w.postAsOwner("/v1/projects/"+localcloudtest.Project+"/tenants/"+n.tenant+"/accounts",
		`{"localId": "user-of-`+id+`", "email": "anna@example.com", "password": "correct horse", "displayName": "`+secret+`"}`)
	return n
}

// named expands what the tables call the tenant's things.
func (w *walk) named(id, tenant, keyID, uniqueID string) names {
	account := projectName + "/serviceAccounts/" + id + "@" + localcloudtest.Project + ".iam.gserviceaccount.com"
	return names{
		id: id, tenant: tenant, keyID: keyID, uniqueID: uniqueID,
		replace: []string{id, "ID", tenant, "TENANT", uniqueID, "UNIQUE"},
		expand: strings.NewReplacer(
			"{id}", id,
			"{project}", projectName,
			"{db}", projectName+"/databases/"+id,
			"{mydb}", projectName+"/databases/tn-aaaaaaaaaa",
			"{account}", account,
			"{key}", account+"/keys/"+keyID,
			"{topic}", projectName+"/topics/"+id,
			"{subscription}", projectName+"/subscriptions/"+id,
			"{location}", projectName+"/locations/us-central1",
			"{job}", projectName+"/locations/us-central1/jobs/"+id,
			"{bucket}", bucketName(id),
			"{tenant}", tenant,
			"{uniqueid}", uniqueID,
		),
	}
}

// must makes a gRPC call as the owner, which must succeed, and returns the answer as it came.
func (w *walk) must(method string, of names, message string) []byte {
	w.t.Helper()
	got := w.callGRPC("/"+method, of.expand.Replace(message), w.owner)
	if got.code != codes.OK {
		w.t.Fatalf("%s: %s", method, got)
	}
	return got.content
}

func (w *walk) postAsOwner(path, body string) map[string]any {
	w.t.Helper()
	got := w.callHTTP(http.MethodPost, w.cloud.Endpoints().Identity+path, body, w.owner)
	var answer map[string]any
	if err := json.Unmarshal(got.content, &answer); err != nil || got.code != codes.OK {
		w.t.Fatalf("%s: %s", path, got)
	}
	return answer
}

// state is all that the other tenant has, as the owner sees it, and what the project has.
func (w *walk) state() []byte {
	w.t.Helper()
	var all bytes.Buffer
	for _, call := range [][2]string{
		{"google.firestore.v1.Firestore/ListDocuments", `{"parent": "{db}/documents", "collectionId": "notes"}`},
		{"google.firestore.v1.Firestore/ListCollectionIds", `{"parent": "{db}/documents"}`},
		{"google.firestore.admin.v1.FirestoreAdmin/ListDatabases", `{"parent": "{project}"}`},
		{"google.iam.v1.IAMPolicy/GetIamPolicy", `{"resource": "{db}"}`},
		{"google.iam.v1.IAMPolicy/GetIamPolicy", `{"resource": "{topic}"}`},
		{"google.iam.v1.IAMPolicy/GetIamPolicy", `{"resource": "{subscription}"}`},
		{"google.iam.admin.v1.IAM/ListServiceAccounts", `{"name": "{project}"}`},
		{"google.iam.admin.v1.IAM/ListServiceAccountKeys", `{"name": "{account}"}`},
		{"google.iam.admin.v1.IAM/GetIamPolicy", `{"resource": "{account}"}`},
		{"google.iam.admin.v1.IAM/ListRoles", `{"parent": "{project}", "showDeleted": true, "view": "FULL"}`},
		{"google.cloud.resourcemanager.v3.Projects/GetIamPolicy", `{"resource": "{project}", "options": {"requestedPolicyVersion": 3}}`},
		{"google.pubsub.v1.Publisher/ListTopics", `{"project": "{project}"}`},
		{"google.pubsub.v1.Subscriber/ListSubscriptions", `{"project": "{project}"}`},
		{"google.cloud.scheduler.v1.CloudScheduler/ListJobs", `{"parent": "{location}"}`},
	} {
		fmt.Fprintf(&all, "%s %q\n", call[0], w.must(call[0], w.theirs, call[1]))
	}
	storage, identity := w.cloud.Endpoints().Storage, w.cloud.Endpoints().Identity
	for _, url := range []string{
		storage + "/storage/v1/b?project=" + localcloudtest.Project,
		storage + "/storage/v1/b/{bucket}/iam?optionsRequestedPolicyVersion=3",
		storage + "/storage/v1/b/{bucket}/o?versions=true",
		storage + "/{bucket}/notes/n",
		identity + "/v2/projects/" + localcloudtest.Project + "/tenants",
		identity + "/v2/projects/" + localcloudtest.Project + "/tenants/{tenant}/oauthIdpConfigs",
		identity + "/v1/projects/" + localcloudtest.Project + "/tenants/{tenant}/accounts:batchGet",
	} {
		got := w.callHTTP(http.MethodGet, w.theirs.expand.Replace(url), "", w.owner)
		if got.code != codes.OK {
			w.t.Fatalf("%s: %s", url, got)
		}
		fmt.Fprintf(&all, "%s %s\n", url, got.content)
	}
	return all.Bytes()
}

// messageIsThere reports whether the message that was published for the other tenant still waits.
func (w *walk) messageIsThere() bool {
	w.t.Helper()
	got := w.must("google.pubsub.v1.Subscriber/Pull", w.theirs, `{"subscription": "{subscription}", "maxMessages": 1}`)
	return bytes.Contains(got, []byte("canary"))
}
