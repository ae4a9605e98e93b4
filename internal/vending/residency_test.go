package vending_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestResidency drives a European tenant through a day, in a silo and in a pool, while an American
// one has its own. The cloud's own list of decisions must show the tenant's account, and whoever
// reads its vault, on nothing that lies elsewhere, and the control plane must hold none of its
// content.
func TestResidency(t *testing.T) {
	for _, isolation := range []tenant.Isolation{tenant.Silo, tenant.Pool} {
		t.Run(string(isolation), func(t *testing.T) {
			w := vendingtest.Start(t)
			w.OnboardAs(t, "acme", tenant.US, isolation)
			began := time.Now()
			european := w.OnboardAs(t, "globex", tenant.EU, isolation)
			const canary = "canary-Zugvogel-7731"
			day(t, w, european, canary)
			if err := w.Ledger.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			stayed(t, w, european, began)
			silent(t, w, canary)
		})
	}
}

// day is what people of a tenant do: sign in, add somebody, write, upload, download, by clients and
// by signed URLs.
func day(t *testing.T, w *vendingtest.World, made vendingtest.Tenant, canary string) {
	ctx := t.Context()
	if _, err := w.Machine.Vend(ctx, w.SignIn(t, made.Viewer)); err != nil {
		t.Fatal(err)
	}
	w.Add(t, made, canary+"@globex.test", tenant.Viewer)
	g := w.Grant(t, made.Editor)
	if _, err := users.NewRepository(g).List(ctx, users.Cursor{}, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Database().Collection("notes").Doc(canary).Set(ctx, map[string]any{"text": canary}); err != nil {
		t.Fatal(err)
	}
	if err := write(ctx, g.Bucket().Object(canary), canary); err != nil {
		t.Fatal(err)
	}
	up, err := g.Bucket().SignUpload(ctx, canary+"-2", "text/plain", int64(len(canary)), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if code, _, body := send(t, up, canary, nil); code != http.StatusOK {
		t.Fatalf("HTTP %d %s", code, body)
	}
	r, err := g.Bucket().Object(canary + "-2").NewReader(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if body, err := io.ReadAll(r); err != nil || string(body) != canary {
		t.Fatalf("read %q, %v", body, err)
	}
	w.Machine.Reread(ctx)
}

// stayed asks the cloud where each thing is that was named for the tenant.
func stayed(t *testing.T, w *vendingtest.World, made vendingtest.Tenant, began time.Time) {
	ctx := t.Context()
	admin, err := w.Owner.Databases(ctx)
	if err != nil {
		t.Fatal(err)
	}
	database, err := admin.GetDatabase(ctx, &adminpb.GetDatabaseRequest{Name: "projects/" + vendingtest.Project + "/databases/" + made.Database})
	if err != nil {
		t.Fatal(err)
	}
	if database.GetLocationId() != "europe-west1" {
		t.Errorf("the database is in %s", database.GetLocationId())
	}
	seen := map[string]bool{}
	decisions := w.Asked(began)
	if len(decisions) == 1000 {
		t.Error("the day was longer than what the cloud remembers")
	}
	for _, d := range decisions {
		own := d.Caller == made.ServiceAccount
		_, inDatabase, isDatabase := strings.Cut(d.Resource, "/databases/")
		inDatabase, _, _ = strings.Cut(inDatabase, "/")
		_, inBucket, isBucket := strings.Cut(d.Resource, "/buckets/")
		inBucket, _, _ = strings.Cut(inBucket, "/")
		switch {
		case isBucket && (own && d.Allowed || strings.Contains(d.Resource, made.ID.String())):
			attrs, err := w.Owner.Storage().Bucket(inBucket).Attrs(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.EqualFold(attrs.Location, "europe-west1") {
				t.Errorf("%s %s on %s, which is in %s", d.Caller, d.Permission, d.Resource, attrs.Location)
			}
			seen[inBucket] = true
		case isDatabase && own && d.Allowed:
			if inDatabase != made.Database {
				t.Errorf("%s %s on %s", d.Caller, d.Permission, d.Resource)
			}
			seen[inDatabase] = true
		}
	}
	for _, name := range []string{made.Database, made.Bucket, w.Vaults[tenant.EU]} {
		if !seen[name] {
			t.Errorf("the cloud saw nothing of %s: the test looks past it", name)
		}
	}
}

// silent looks for content in the control plane: registry, revocations, ledger, alerts, whatever
// there is.
func silent(t *testing.T, w *vendingtest.World, canary string) {
	ctx := t.Context()
	collections, err := w.Owner.Registry().Collections(ctx).GetAll()
	if err != nil {
		t.Fatal(err)
	}
	documents := 0
	for _, c := range collections {
		docs, err := c.Documents(ctx).GetAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			documents++
			body, err := json.Marshal(d.Data())
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(d.Ref.Path+string(body), canary) {
				t.Errorf("the control plane holds the tenant's content in %s: %s", d.Ref.Path, body)
			}
		}
	}
	if documents == 0 {
		t.Error("the control plane is empty: the test looks past it")
	}
	if strings.Contains(w.Log(), canary) {
		t.Error("the log holds the tenant's content")
	}
	if !strings.Contains(w.Log(), string(ledger.Vended)) {
		t.Error("the log is empty: the test looks past it")
	}
}
