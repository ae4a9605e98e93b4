package vending_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"time"

	iamadminpb "cloud.google.com/go/iam/admin/apiv1/adminpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// requests are one of each way in which a kept grant reaches the cloud.
func requests(ctx context.Context, g vending.Grant) map[string]func() error {
	doc := g.Database().Collection("notes").Doc("kept")
	return map[string]func() error{
		"a unary call": func() error { _, err := doc.Set(ctx, map[string]any{"at": time.Now().UnixNano()}); return err },
		"a stream":     func() error { _, err := doc.Get(ctx); return err },
		"an upload":    func() error { return write(ctx, g.Bucket().Object("kept"), "x") },
		"a download":   func() error { _, err := g.Bucket().Object("kept").Attrs(ctx); return err },
		"a signature": func() error {
			_, err := g.Bucket().SignDownload(ctx, "kept", 1, "k", "text/plain", time.Minute)
			return err
		},
	}
}

func wantAll(t *testing.T, what string, ctx context.Context, g vending.Grant, want error) {
	t.Helper()
	// In this order: what is read must have been written.
	all := requests(ctx, g)
	for _, name := range []string{"a unary call", "a stream", "an upload", "a download", "a signature"} {
		if err := all[name](); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%s: %s: got %v, want %v", what, name, err, want)
		}
	}
}

// A grant that is kept does not outlive the right it was vended for.
func TestGrantsEndWithTheRight(t *testing.T) {
	vendingtest.EachSource(t, vendingtest.TwoTenants, grantsEndWithTheRight)
}

func grantsEndWithTheRight(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()

	editor, admin := w.Grant(t, w.Acme.Editor), w.Grant(t, w.Acme.Admin)
	other := w.Grant(t, w.Globex.Editor)
	wantAll(t, "before", ctx, editor, nil)
	watch := editor.Database().Collection("notes").Doc("kept").Snapshots(ctx)
	defer watch.Stop()
	if _, err := watch.Next(); err != nil {
		t.Fatal(err)
	}

	if err := w.Revocations.RevokeUser(ctx, w.Acme.ID, w.Acme.Editor.ID); err != nil {
		t.Fatal(err)
	}
	wantAll(t, "the user was revoked", ctx, editor, vending.ErrDenied)
	wantAll(t, "a colleague was revoked", ctx, admin, nil) // which changes what is watched
	if _, err := watch.Next(); !errors.Is(err, vending.ErrDenied) {
		t.Errorf("a watch that was open: got %v, want ErrDenied", err)
	}

	if err := tenancytest.SetStatus(ctx, w.Registry, w.Acme.ID, tenant.Suspended); err != nil {
		t.Fatal(err)
	}
	wantAll(t, "the tenant was suspended", ctx, admin, vending.ErrDenied)
	if _, err := w.Machine.Vend(ctx, admin.Principal()); !errors.Is(err, vending.ErrDenied) || !errors.Is(err, tenant.ErrTenantDenied) {
		t.Errorf("vend to a suspended tenant: got %v, want ErrDenied and ErrTenantDenied", err)
	}
	wantAll(t, "another tenant was suspended", ctx, other, nil)

	if err := tenancytest.SetStatus(ctx, w.Registry, w.Acme.ID, tenant.Active); err != nil {
		t.Fatal(err)
	}
	wantAll(t, "the tenant is active again", ctx, admin, nil)
}

// A rotated key costs no request: whoever still holds the old one is told by the cloud, looks in
// the vault, and goes on.
func TestRotation(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	ctx := t.Context()
	grant := w.Grant(t, w.Acme.Editor)
	wantAll(t, "before", ctx, grant, nil)

	for name, request := range requests(ctx, grant) {
		rotate(t, w, w.Acme)
		if err := request(); err != nil {
			t.Errorf("%s, the first after a rotation: %v", name, err)
		}
	}
	if _, err := w.Machine.Vend(ctx, grant.Principal()); err != nil {
		t.Errorf("vend after rotations: %v", err)
	}
}

// A rotation is noticed before the old key is deleted, and grants that are held change over too.
func TestReread(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	ctx := t.Context()
	p := w.Principal(t, w.Acme.Editor)
	held, err := w.Machine.Vend(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	quick := w.NewMachine(t, vending.MachineConfig{Reread: 40 * time.Millisecond})
	if _, err := quick.Vend(ctx, p); err != nil {
		t.Fatal(err)
	}
	putKey(t, w, w.Acme)
	w.Machine.Reread(ctx)
	if n := held.Generation(); n != 2 {
		t.Errorf("a held grant uses generation %d, want 2", n)
	}
	wantAll(t, "after", ctx, held, nil)

	deadline := time.Now().Add(10 * time.Second)
	for {
		g, err := quick.Vend(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		if g.Generation() == 2 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the machine did not notice by itself")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// A key that is dead, with no other in the vault, ends in the cloud's own answer and not in a loop.
func TestDeadKey(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	ctx := t.Context()
	grant := w.Grant(t, w.Acme.Editor)
	deleteKeys(t, w, w.Acme, "")
	for range 3 {
		_, err := grant.Database().Collection("notes").Doc("n").Get(ctx)
		if status.Code(err) != codes.Unauthenticated || !vending.Unavailable(err) {
			t.Errorf("got %v, want Unauthenticated, which is no fault of the request's", err)
		}
	}
	if n := w.Machine.Warm(); n != 1 { // globex alone
		t.Errorf("%d tenants are warm, want 1: a rejected key is forgotten", n)
	}
}

// A bundle that is taken out of the vault ends the grants that live by it.
func TestWithdrawnBundle(t *testing.T) {
	vendingtest.EachSource(t, vendingtest.TwoTenants, withdrawnBundle)
}

func withdrawnBundle(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	grant := w.Grant(t, w.Acme.Editor)
	object := w.Owner.Storage().Bucket(w.Vaults[w.Acme.Region]).Object(w.Acme.ID.String() + ".json")
	if err := object.Delete(ctx); err != nil {
		t.Fatal(err)
	}
	w.Machine.Reread(ctx)
	wantAll(t, "withdrawn", ctx, grant, vending.ErrDenied)
	if _, err := w.Machine.Vend(ctx, grant.Principal()); !errors.Is(err, vending.ErrDenied) {
		t.Errorf("vend: got %v, want ErrDenied", err)
	}
}

// A bundle filed under another tenant's name opens nothing, and somebody should look.
func TestMisfiledBundle(t *testing.T) {
	vendingtest.EachSource(t, vendingtest.TwoTenants, misfiledBundle)
}

func misfiledBundle(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	p := w.Principal(t, w.Globex.Admin)
	vault := w.Owner.Storage()
	from := vault.Bucket(w.Vaults[w.Acme.Region]).Object(w.Acme.ID.String() + ".json")
	to := vault.Bucket(w.Vaults[w.Globex.Region]).Object(w.Globex.ID.String() + ".json")
	if _, err := to.CopierFrom(from).Run(ctx); err != nil {
		t.Fatal(err)
	}
	m := w.NewMachine(t, vending.MachineConfig{})
	if _, err := m.Vend(ctx, p); !errors.Is(err, vending.ErrDenied) {
		t.Errorf("got %v, want ErrDenied", err)
	}
	row := recent(t, w, func(r ledger.Row) bool {
		return r.Decision == ledger.Denied && r.Subject == w.Globex.Admin.ID.String()
	})
	if !row.Alert {
		t.Errorf("recorded without an alert: %+v", row)
	}
	for _, body := range []string{"", "{}", "null", `{"tenant":"` + w.Globex.ID.String() + `"}`} {
		if err := write(ctx, to, body); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Vend(ctx, p); !errors.Is(err, vending.ErrDenied) {
			t.Errorf("%q: got %v, want ErrDenied", body, err)
		}
	}
}

// Each thing that a bundle says must be right by itself.
func TestBundleAgrees(t *testing.T) { vendingtest.EachSource(t, vendingtest.TwoTenants, bundleAgrees) }

func bundleAgrees(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	p := w.Principal(t, w.Globex.Admin)
	object := w.Owner.Storage().Bucket(w.Vaults[w.Globex.Region]).Object(w.Globex.ID.String() + ".json")
	r, err := object.NewReader(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	good, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	vend := func(body []byte) error {
		t.Helper()
		if err := write(ctx, object, string(body)); err != nil {
			t.Fatal(err)
		}
		_, err := w.NewMachine(t, vending.MachineConfig{}).Vend(ctx, p)
		return err
	}
	if err := vend(good); err != nil {
		t.Fatalf("as it was: %v", err)
	}
	if err := vend(append([]byte(`{"tenant":"`+w.Globex.ID.String()+`",`), good[1:]...)); !errors.Is(err, vending.ErrDenied) {
		t.Errorf("a member twice: got %v, want ErrDenied", err)
	}
	type change struct {
		member string
		value  any
	}
	changes := []change{
		{"tenant", w.Acme.ID.String()}, {"tenant", ""}, {"Tenant", w.Globex.ID.String()},
		{"region", int(w.Acme.Region)}, {"region", "2"},
		{"client_email", w.Acme.ServiceAccount}, {"client_email", "owner@" + vendingtest.Project + ".iam.gserviceaccount.com"},
		{"database", ""}, {"database", "../platform"}, {"database", "a/b"}, {"database", location.PlatformDatabase}, {"bucket", ""}, {"bucket", "b/../c"}, {"bucket", "B"},
		{"isolation", "pool"}, {"isolation", ""}, {"generation", 0}, {"generation", -1},
		{"account", w.Acme.ServiceAccount}, {"version", 2}, {"version", -1}, {"version", "1"}, {"isolation_", "silo"},
	}
	cell, err := w.Registry.Cell(ctx, p.Cell())
	if err != nil {
		t.Fatal(err)
	}
	changes = append(changes, change{"database", cell.PoolDatabase}, change{"bucket", cell.PoolBucket}, // a silo would have the pool to itself
		change{"database", w.Acme.Database}, change{"bucket", w.Acme.Bucket}, change{"database", "a-database"}, change{"bucket", "a-bucket"})
	if !w.Source.Keyless() {
		changes = append(changes, change{"token_uri", "https://evil.example/token"}, change{"private_key", ""}, change{"project_id", "other"})
	}
	for _, c := range changes {
		var members map[string]any
		if err := json.Unmarshal(good, &members); err != nil {
			t.Fatal(err)
		}
		members[c.member] = c.value
		body, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		if err := vend(body); !errors.Is(err, vending.ErrDenied) {
			t.Errorf("%s = %v: got %v, want ErrDenied", c.member, c.value, err)
		}
	}

	// A later version has added a member, and an earlier one wrote no version.
	for name, change := range map[string]func(map[string]any){
		"a member more": func(m map[string]any) { m["rotated"] = map[string]any{"at": "2026-01-01"} },
		"no version":    func(m map[string]any) { delete(m, "version") },
	} {
		var members map[string]any
		if err := json.Unmarshal(good, &members); err != nil {
			t.Fatal(err)
		}
		if members["version"] != 1.0 {
			t.Fatalf("version %v is written, want 1", members["version"])
		}
		change(members)
		body, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		if err := vend(body); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := write(ctx, object, string(good)); err != nil {
		t.Fatal(err)
	}

	// A warm tenant is its region's: a principal of another is refused.
	grant, err := w.Machine.Vend(ctx, w.Principal(t, w.Acme.Admin))
	if err != nil {
		t.Fatal(err)
	}
	grant.Move(tenant.Asia)
	if _, err := w.Machine.Vend(ctx, w.Principal(t, w.Acme.Editor)); !errors.Is(err, vending.ErrDenied) {
		t.Errorf("a principal of another region: got %v, want ErrDenied", err)
	}
}

// putKey makes another key of the tenant's account and puts it in the vault. It returns the new
// key's name.
func putKey(t *testing.T, w *vendingtest.World, tenant vendingtest.Tenant) string {
	t.Helper()
	ctx := t.Context()
	accounts, err := w.Jobs.Accounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	key, err := accounts.CreateServiceAccountKey(ctx, &iamadminpb.CreateServiceAccountKeyRequest{Name: accountName(tenant)})
	if err != nil {
		t.Fatal(err)
	}
	bundle, object, err := w.Onboarding.Vault.Get(ctx, tenant.ID, tenant.Region)
	if err != nil {
		t.Fatal(err)
	}
	bundle.Generation++
	bundle.Key = key.GetPrivateKeyData()
	if err := w.Onboarding.Vault.Put(ctx, bundle, object); err != nil {
		t.Fatal(err)
	}
	if err := w.Onboarding.Vault.Put(ctx, bundle, object); !errors.Is(err, vault.ErrConflict) {
		t.Errorf("put over an object that has changed: got %v, want ErrConflict", err)
	}
	if err := w.Vault.Put(ctx, bundle, 0); err == nil {
		t.Error("the vending account writes the vault")
	}
	return key.GetName()
}

// rotate is putKey, and then deletes all older keys: the harshest rotation there is.
func rotate(t *testing.T, w *vendingtest.World, tenant vendingtest.Tenant) {
	t.Helper()
	deleteKeys(t, w, tenant, putKey(t, w, tenant))
}

func deleteKeys(t *testing.T, w *vendingtest.World, tenant vendingtest.Tenant, but string) {
	t.Helper()
	ctx := t.Context()
	accounts, err := w.Jobs.Accounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := accounts.ListServiceAccountKeys(ctx, &iamadminpb.ListServiceAccountKeysRequest{
		Name:     accountName(tenant),
		KeyTypes: []iamadminpb.ListServiceAccountKeysRequest_KeyType{iamadminpb.ListServiceAccountKeysRequest_USER_MANAGED},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys.GetKeys() {
		if k.GetName() == but {
			continue
		}
		if err := accounts.DeleteServiceAccountKey(ctx, &iamadminpb.DeleteServiceAccountKeyRequest{Name: k.GetName()}); err != nil {
			t.Fatal(err)
		}
	}
}

func accountName(tenant vendingtest.Tenant) string {
	return "projects/" + vendingtest.Project + "/serviceAccounts/" + tenant.ServiceAccount
}
