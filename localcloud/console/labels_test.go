package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/firestore"
	fsadmin "cloud.google.com/go/firestore/apiv1/admin"
	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/iam"
	iamadminpb "cloud.google.com/go/iam/admin/apiv1/adminpb"
	"golang.org/x/net/html"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/bulkhead-saas/bulkhead/localcloud/console"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

const (
	otherDatabase = "tn-9876543210"
	otherBucket   = localcloudtest.Project + "-other"
)

// labelled is a world of two owners: acme, who is the tenant of the world, and globex. Both have
// key files.
func labelled(t *testing.T) (w *world, acme, globex console.Owner) {
	t.Helper()
	w = newWorld(t)
	databases := try(fsadmin.NewFirestoreAdminClient(t.Context(), localcloudtest.GRPC(w.cloud, w.cloud.OwnerKey())...))(t)
	defer databases.Close()
	op := try(databases.CreateDatabase(t.Context(), &adminpb.CreateDatabaseRequest{
		Parent: project, DatabaseId: otherDatabase, Database: &adminpb.Database{LocationId: "eur3", Type: adminpb.Database_FIRESTORE_NATIVE},
	}))(t)
	try(op.Wait(t.Context()))(t)
	must(t, w.storage(w.cloud.OwnerKey()).Bucket(otherBucket).Create(t.Context(), localcloudtest.Project, nil))
	policy := try(w.objects.IAM().Policy(t.Context()))(t)
	policy.Add("serviceAccount:"+w.tenant, iam.RoleName("roles/storage.objectAdmin"))
	must(t, w.objects.IAM().SetPolicy(t.Context(), policy))

	acme = console.Owner{
		Name: "acme", Detail: "silo, us", Account: w.tenant, Database: database, Bucket: bucket,
		KeyFile: filepath.Join(t.TempDir(), "acme.json"),
	}
	globex = console.Owner{Name: "globex", Detail: "silo, eu", Account: w.stranger, Database: otherDatabase, Bucket: otherBucket}
	must(t, os.WriteFile(acme.KeyFile, w.key(w.tenant), 0o600))
	w.cloud.SetLabels(console.Labels{Owners: []console.Owner{acme, globex}})
	return w, acme, globex
}

// post sends a form as a page of the console does.
func (w *world) post(path string, form url.Values, headers ...string) (int, page) {
	w.t.Helper()
	req := try(http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.address+path, strings.NewReader(form.Encode())))(w.t)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", w.address)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res := try(http.DefaultClient.Do(req))(w.t)
	defer res.Body.Close()
	return res.StatusCode, page{w.t, path, try(html.Parse(res.Body))(w.t)}
}

// What was made for somebody bears the name, on each page and in each sentence; the next labels
// take its place at once.
func TestLabels(t *testing.T) {
	w, acme, globex := labelled(t)
	_, err := w.firestoreOf(otherDatabase, w.key(w.tenant)).Doc("users/ann").Get(t.Context())
	if err == nil {
		t.Fatal("the tenant read another's document")
	}
	const label = "acme (silo, us)"
	for _, path := range []string{"/", "/decisions", "/accounts", "/databases", "/buckets", "/try", at("/account", "email", w.tenant)} {
		w.page(path).has(label)
	}
	const sentence = "acme's account asked to read documents in globex's database; the condition on its permission is false there: " + condition
	for _, path := range []string{
		"/", "/decisions", "/decisions?only=denied&caller=ACME", "/decisions?only=denied&resource=globex", at("/account", "email", w.tenant),
	} {
		w.page(path).has(sentence)
	}
	w.page("/accounts?filter=globex").has(w.stranger)
	w.page("/decisions?only=denied&caller=globex").lacks(sentence)

	acme.Name, globex.Name = "initech", "umbrella"
	globex.Database = acme.Database
	w.cloud.SetLabels(console.Labels{Owners: []console.Owner{acme, globex}})
	w.page("/databases").has("initech (silo, us), umbrella (silo, eu)")
	w.page("/decisions").has("initech's account asked to read documents in the database " + otherDatabase)
	w.cloud.SetLabels(console.Labels{})
	p := w.page("/decisions?only=denied")
	p.has("The account " + database + " asked to read documents in the database " + otherDatabase)
	p.lacks("initech")
}

// Calls of the accounts that are named as routine, and those about tokens, are hidden until they
// are asked for. A denial never is.
func TestHousekeeping(t *testing.T) {
	w := newWorld(t)
	w.cloud.SetLabels(console.Labels{Housekeeping: []string{w.tenant, w.stranger}})
	for range 3 {
		_, _ = w.firestore(w.key(w.tenant)).Doc("users/ann").Get(t.Context())
		_, _ = w.firestore(w.key(w.stranger)).Doc("users/ann").Get(t.Context())
	}
	const hidden, shown = "/decisions?caller=" + database, "/decisions?caller=" + database + "&housekeeping=show"
	p := w.page(hidden)
	if n := len(p.rows()); n != 0 {
		t.Errorf("%d lines of a routine account", n)
	}
	p.has("3 calls of housekeeping not shown")
	p = w.page(p.follow("Show housekeeping"))
	if p.path != shown || len(p.rows()) != 1 || !strings.Contains(p.rows()[0], "×3") {
		t.Errorf("%s: %q", p.path, p.rows())
	}
	p.lacks("housekeeping not shown")
	if rows := w.page("/decisions?only=denied").rows(); len(rows) != 1 || !strings.Contains(rows[0], "×3") {
		t.Errorf("the denials of a routine account: %q", rows)
	}
	w.page(p.follow("Pause")).has("allowed")
	w.page("/decisions?caller=owner").has("CreateServiceAccount")
}

// Each reason has its sentence.
func TestSentences(t *testing.T) {
	w, _, _ := labelled(t)
	key, stranger := w.key(w.tenant), w.key(w.stranger)
	reads := func(key []byte, from string) {
		t.Helper()
		if _, err := w.firestoreOf(from, key).Doc("users/ann").Get(t.Context()); err == nil {
			t.Error("it could read")
		}
	}
	latest := func(want string) {
		t.Helper()
		row := w.page("/decisions?only=denied").rows()[0]
		if !strings.Contains(row, want) {
			t.Errorf("%q\ndoes not say %q", row, want)
		}
	}
	reads(stranger, database)
	latest("globex's account asked to read documents in acme's database; no policy gives it that permission.")
	if _, err := w.storage(stranger).Bucket(bucket).Object("plan.pdf").Attrs(t.Context()); err == nil {
		t.Error("it could look")
	}
	latest("globex's account asked to read files in acme's bucket; no policy gives it that permission.")
	reads(key, "tn-0000000000")
	latest("acme's account asked to read documents in the database tn-0000000000; the condition on its permission is false there")
	name := project + "/serviceAccounts/" + w.stranger
	must(t, w.iam.DisableServiceAccount(t.Context(), &iamadminpb.DisableServiceAccountRequest{Name: name}))
	reads(stranger, database)
	latest("the account is disabled.")
	must(t, w.iam.DeleteServiceAccount(t.Context(), &iamadminpb.DeleteServiceAccountRequest{Name: name}))
	reads(stranger, database)
	latest("there is no such account, or none any more.")
	nobody := try(firestore.NewClientWithDatabase(t.Context(), localcloudtest.Project, database, option.WithoutAuthentication(),
		option.WithEndpoint(strings.TrimPrefix(w.cloud.Endpoints().GRPC, "http://")),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials()))))(t)
	defer nobody.Close()
	if _, err := nobody.Doc("users/ann").Get(t.Context()); err == nil {
		t.Error("nobody could read")
	}
	latest("Somebody without an account called https://firestore.googleapis.com/; the call brought no credential that is known here.")
}

// The list is bounded, however many places somebody asks for.
func TestDecisionsAreBounded(t *testing.T) {
	w := newWorld(t)
	files := w.storage(w.key(w.stranger))
	for i := range 230 {
		if _, err := files.Bucket(fmt.Sprintf("bucket-%03d", i)).Object("plan.pdf").Attrs(t.Context()); err == nil {
			t.Fatal("it could look")
		}
	}
	p := w.page("/decisions")
	if n := len(p.rows()); n != 200 {
		t.Errorf("%d lines, want 200", n)
	}
	p.has("not shown. Filter to find them.")
	ids := map[string]bool{}
	for _, li := range p.all("li") {
		if id := attribute(li, "id"); id != "" && ids[id] {
			t.Errorf("two lines are %s", id)
		} else {
			ids[id] = true
		}
	}
}
