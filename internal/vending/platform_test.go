package vending_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	iamadminpb "cloud.google.com/go/iam/admin/apiv1/adminpb"
	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestPlatform is about what the platform itself holds.
func TestPlatform(t *testing.T) { vendingtest.EachSource(t, vendingtest.TwoTenants, testPlatform) }

func testPlatform(t *testing.T, w *vendingtest.World) {
	t.Run("least privilege", func(t *testing.T) { platformIsLeastPrivileged(t, w) })
	t.Run("no secret shows", func(t *testing.T) { heldValuesShowNoSecret(t, w) })
	t.Run("the vault", func(t *testing.T) { vaultPut(t, w) })
	t.Run("shared connections", func(t *testing.T) { clientsShareConnections(t, w) })
}

// The process that serves users reaches no tenant's data and no key by its own account, and cannot
// make any.
func platformIsLeastPrivileged(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	if _, err := w.Web.Registry().Collection("tenants").Documents(ctx).GetAll(); err != nil {
		t.Errorf("web@ reads the registry: %v", err)
	}
	if _, _, err := w.Vault.Get(ctx, w.Acme.ID, w.Acme.Region); err != nil {
		t.Errorf("vending@ reads the vault: %v", err)
	}

	databases, err := w.Web.Databases(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, err = databases.DeleteDatabase(ctx, &adminpb.DeleteDatabaseRequest{
		Name: "projects/" + vendingtest.Project + "/databases/" + w.Acme.Database,
	})
	if status.Code(err) != codes.PermissionDenied {
		t.Errorf("web@ deletes a tenant's database: got %v, want PermissionDenied", err)
	}
	accounts, err := w.Web.Accounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, err = accounts.CreateServiceAccountKey(ctx, &iamadminpb.CreateServiceAccountKeyRequest{Name: accountName(w.Acme)})
	if status.Code(err) != codes.PermissionDenied {
		t.Errorf("web@ makes a tenant's key: got %v, want PermissionDenied", err)
	}
	impersonated, err := w.Web.Impersonate(ctx, w.Acme.ServiceAccount)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := impersonated.Token(ctx); err == nil {
		t.Error("web@ acts as a tenant's account")
	}
	vault := w.Web.Storage().Bucket(w.Vaults[w.Acme.Region])
	for name, attempt := range map[string]func() error{
		"read the vault": func() error { _, err := vault.Object(w.Acme.ID.String() + ".json").NewReader(ctx); return err },
		"list the vault": func() error { _, err := vault.Objects(ctx, nil).Next(); return err },
		"read a tenant's bucket": func() error {
			_, err := w.Web.Storage().Bucket(w.Acme.Bucket).Objects(ctx, nil).Next()
			return err
		},
	} {
		var answer *googleapi.Error
		if err := attempt(); !errors.As(err, &answer) || answer.Code != http.StatusForbidden {
			t.Errorf("web@: %s: got %v, want HTTP 403", name, err)
		}
	}
}

func TestOpenPlatform(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	dir := t.TempDir()
	good := filepath.Join(dir, "good.json")
	if err := os.WriteFile(good, w.Cloud.OwnerKey(), 0o600); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(dir, "foreign.json")
	moved := strings.ReplaceAll(string(w.Cloud.OwnerKey()), w.Endpoints.Token, "https://evil.example/token")
	if err := os.WriteFile(foreign, []byte(moved), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]platform.Config{
		"no project":        {Endpoints: w.Endpoints, KeyFile: good},
		"another project":   {Project: "other", Endpoints: w.Endpoints, KeyFile: good},
		"another account":   {Project: vendingtest.Project, Endpoints: w.Endpoints, KeyFile: good, Account: "web@x"},
		"no file":           {Project: vendingtest.Project, Endpoints: w.Endpoints, KeyFile: filepath.Join(dir, "none")},
		"a foreign token":   {Project: vendingtest.Project, Endpoints: w.Endpoints, KeyFile: foreign},
		"a strange address": {Project: vendingtest.Project, Endpoints: gcloud.Endpoints{Firestore: "127.0.0.1:1", Token: w.Endpoints.Token}, KeyFile: good},
	} {
		if _, err := platform.Open(ctx, cfg); err == nil {
			t.Errorf("%s: opened", name)
		} else if strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%s: the error shows the key", name)
		}
	}

	t.Run("application default credentials", func(t *testing.T) {
		t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", good)
		p, err := platform.Open(ctx, platform.Config{Project: vendingtest.Project, Endpoints: w.Endpoints})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if _, err := p.Registry().Collection("tenants").Documents(ctx).GetAll(); err != nil {
			t.Errorf("the registry: %v", err)
		}
		if _, err := p.Identity().TenantManager.Tenants(ctx, "").Next(); err == nil || strings.Contains(err.Error(), "401") {
			t.Errorf("Identity Platform: %v", err)
		}
	})
}

// Nothing that a program holds shows a key or a token, however it is printed (VE-07).
func heldValuesShowNoSecret(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	grant := w.Grant(t, w.Acme.Admin)
	if _, err := grant.Database().Collection("users").Documents(ctx).GetAll(); err != nil {
		t.Fatal(err) // now there is a token
	}
	if err := write(ctx, grant.Bucket().Object("a"), "x"); err != nil {
		t.Fatal(err)
	}
	bundle, _, err := w.Vault.Get(ctx, w.Acme.ID, w.Acme.Region)
	if err != nil {
		t.Fatal(err)
	}
	_, foreign := grant.Database().Collection("users").Doc("x").Get(ledger.WithRequest(ctx, ledger.RequestInfo{ID: "r"}))
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	for name, v := range map[string]any{
		"grant": grant, "grant pointer": &grant, "database": grant.Database(), "bucket": grant.Bucket(), "machine": w.Machine,
		"vault": w.Vault, "platform": w.Web, "bundle": bundle, "principal": grant.Principal(), "ledger": w.Ledger, "error": foreign,
		"credentials": w.Web.Credentials(), "collection": grant.Database().Collection("users"), "object": grant.Bucket().Object("a"),
	} {
		var shown strings.Builder
		verbs := []string{"%v", "%+v", "%#v", "%s", "%q"}
		if name == "collection" || name == "object" {
			verbs = verbs[:3] // the others follow pointers into Google's client, where its connections are at work
		}
		for _, verb := range verbs {
			fmt.Fprintf(&shown, verb, v)
		}
		if b, err := json.Marshal(v); err == nil {
			shown.Write(b)
		}
		log.Reset()
		logger.Info("x", "v", v)
		shown.WriteString(log.String())
		for _, secret := range []string{"PRIVATE KEY", "MIIE", "Bearer ", "eyJ", "ya29."} {
			if strings.Contains(shown.String(), secret) {
				t.Errorf("%s shows %q", name, secret)
			}
		}
	}
}

// The key a bundle carries is that of the tenant it names, or it is not stored.
func vaultPut(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	acme, generation, err := w.Onboarding.Vault.Get(ctx, w.Acme.ID, w.Acme.Region)
	if err != nil {
		t.Fatal(err)
	}
	if acme.Tenant != w.Acme.ID || acme.Database != w.Acme.Database || acme.Bucket != w.Acme.Bucket ||
		acme.Region != tenant.US || acme.Isolation != tenant.Silo || acme.Generation != 1 || generation == 0 {
		t.Errorf("the bundle is %v of generation %d", acme, generation)
	}
	if err := w.Onboarding.Vault.Put(ctx, acme, 0); !errors.Is(err, vault.ErrConflict) {
		t.Errorf("put as new over one that exists: got %v, want ErrConflict", err)
	}
	crossed := acme
	crossed.Tenant, crossed.Region = w.Globex.ID, w.Globex.Region
	if err := w.Onboarding.Vault.Put(ctx, crossed, 0); !errors.Is(err, vault.ErrMisfiled) {
		t.Errorf("put one tenant's key under another's name: got %v, want ErrMisfiled", err)
	}
	for name, region := range map[string]tenant.Region{"another region": tenant.Asia, "no region": 0} {
		if _, _, err := w.Vault.Get(ctx, w.Acme.ID, region); !errors.Is(err, vault.ErrNoBundle) {
			t.Errorf("get from %s: got %v, want ErrNoBundle", name, err)
		}
	}
	if _, _, err := w.Vault.Get(ctx, tenant.ID{}, tenant.US); !errors.Is(err, vault.ErrNoBundle) {
		t.Errorf("get for no tenant: got %v, want ErrNoBundle", err)
	}
}
