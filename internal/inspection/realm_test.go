package inspection_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/cloud"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// as opens real clients of an account on a database and a bucket.
func as(t *testing.T, w *vendingtest.World, account string, key []byte, database, bucket string) *cloud.Clients {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key.json")
	must(t, os.WriteFile(file, key, 0o600))
	c, err := cloud.Open(t.Context(), cloud.Config{
		Project: project, Database: database, Bucket: bucket, KeyFile: file, Account: account, Endpoints: w.Endpoints,
	})
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	return c
}

// attempts are what an account tries on a database and a bucket.
func attempts(t *testing.T, c *cloud.Clients) map[string]error {
	t.Helper()
	ctx := t.Context()
	doc := c.Database().Collection("tenants").Doc("x")
	_, get := doc.Get(ctx)
	_, set := doc.Set(ctx, map[string]any{"a": 1})
	_, list := c.Database().Collection("tenants").Documents(ctx).GetAll()
	_, group := c.Database().CollectionGroup("generations").Documents(ctx).GetAll()
	_, collections := c.Database().Collections(ctx).GetAll()
	o := c.Bucket().Object("x")
	r, read := o.NewReader(ctx)
	if read == nil {
		r.Close()
	}
	w := o.NewWriter(ctx)
	_, err := io.WriteString(w, "x")
	write := errors.Join(err, w.Close())
	_, objects := c.Bucket().Objects(ctx, nil).Next()
	if errors.Is(objects, iterator.Done) {
		objects = nil
	}
	_, attrs := c.Bucket().Attrs(ctx)
	_, policy := c.Bucket().IAM().Policy(ctx)
	return map[string]error{
		"get": get, "set": set, "list": list, "group": group, "collections": collections,
		"read": read, "write": write, "objects": objects, "delete": o.Delete(ctx), "attributes": attrs, "policy": policy,
	}
}

func denied(err error) bool {
	answer, ok := errors.AsType[*googleapi.Error](err)
	return ok && answer.Code == http.StatusForbidden || status.Code(err) == codes.PermissionDenied
}

// No account of the application reaches anything of Service B, and Service B's reaches nothing of
// the application: real clients, real keys, and the cloud says no.
func TestRealms(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	keyOf := func(a setup.Account) []byte {
		key, err := setup.NewKey(t.Context(), w.Owner, project, a)
		must(t, err)
		return key
	}
	keys := map[string][]byte{}
	for _, a := range []setup.Account{setup.Web, setup.Worker, setup.Vending, setup.Jobs, setup.Tick} {
		keys[a.Email(project)] = keyOf(a)
	}
	for _, of := range []vendingtest.Tenant{w.Acme, w.Globex} {
		bundle, _, err := w.Vault.Get(t.Context(), of.ID, of.Region)
		must(t, err)
		keys[bundle.Account] = bundle.Key
	}
	for account, key := range keys {
		for what, err := range attempts(t, as(t, w, account, key, setup.InspectionDatabase, setup.InspectionBucket(project))) {
			if !denied(err) {
				t.Errorf("%s: %s on Service B: %v", account, what, err)
			}
		}
	}
	own := setup.Inspection.Email(project)
	key := keyOf(setup.Inspection)
	for _, of := range []struct{ database, bucket string }{
		{location.PlatformDatabase, w.Vaults[w.Acme.Region]}, {w.Acme.Database, w.Acme.Bucket}, {w.Globex.Database, w.Globex.Bucket},
		{"nothing", "nothing-of-the-kind"},
	} {
		for what, err := range attempts(t, as(t, w, own, key, of.database, of.bucket)) {
			if !denied(err) {
				t.Errorf("Service B: %s on %s and %s: %v", what, of.database, of.bucket, err)
			}
		}
	}
	// On its own it does what it needs, and does not administer.
	for what, err := range attempts(t, as(t, w, own, key, setup.InspectionDatabase, setup.InspectionBucket(project))) {
		if status.Code(err) == codes.NotFound {
			err = nil
		}
		if want := slices.Contains([]string{"attributes", "policy"}, what); denied(err) != want {
			t.Errorf("Service B: %s on its own: %v", what, err)
		}
	}
}

// While the application works and Service B inspects, the cloud's decision log shows neither in the
// other's rooms; and the tokens that the cloud itself signs for B are taken by B.
func TestDecisionLog(t *testing.T) {
	platform := vendingtest.TwoTenants(t)
	w := &world{World: platform, log: new(vendingtest.Buffer)}
	w.config = w.configOf(t)
	s := w.start(t)
	began := time.Now()
	token := func(p vendingtest.Person, claims map[string]any) string { return platform.TokenWith(t, p, claims) }
	c := &client{s, "doc-1", token(platform.Acme.Editor, map[string]any{"use": "inspection", "doc": "doc-1"})}
	k := c.with(c.key(t, "").Key)
	if got := k.upload(t, 1, eicar, 10); got.Verdict != "harmful" {
		t.Errorf("%+v", got)
	}
	if got := c.send(t, "GET", "/report", "").wants(t, 200).state(t); got.Verdict != "harmful" {
		t.Errorf("%+v", got)
	}
	(&client{s, "doc-1", platform.Token(t, platform.Acme.Editor)}).get(t, 1).wants(t, 401)
	(&client{s, "doc-1", token(platform.Globex.Editor, map[string]any{"use": "inspection", "doc": "doc-1"})}).get(t, 1).wants(t, 404)
	grant := platform.Grant(t, platform.Acme.Admin)
	if _, err := grant.Database().Collection("users").Documents(t.Context()).GetAll(); err != nil {
		t.Error(err)
	}
	ofB, others := 0, 0
	for _, d := range platform.Asked(began) {
		isB := d.Caller == setup.Inspection.Email(project)
		inB := strings.HasSuffix(d.Resource, "/databases/"+setup.InspectionDatabase) || strings.Contains(d.Resource, setup.InspectionBucket(project))
		if isB != inB || !d.Allowed {
			t.Errorf("%s: %s on %s: %t", d.Caller, d.Permission, d.Resource, d.Allowed)
		}
		if isB {
			ofB++
		} else {
			others++
		}
	}
	if ofB == 0 || others == 0 {
		t.Errorf("%d decisions about Service B, %d about others", ofB, others)
	}
}
