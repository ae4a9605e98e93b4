package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	iamadminpb "cloud.google.com/go/iam/admin/apiv1/adminpb"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/bulkhead-saas/bulkhead/internal/app/apptest"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestMain makes this test binary one of the servers that are measured, as the command itself is.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "-serve" {
		if err := serve(context.Background(), os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// TestServersAreMeasured: each server starts and answers under load, and what is measured comes to
// a row. No figure is looked at.
func TestServersAreMeasured(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	b := &bench{
		dir: t.TempDir(), glance: true, selected: regexp.MustCompile(""), servers: os.Args[0], cloud: cloudOf(t, w),
		inspection: apptest.Inspectiond(t),
	}
	defer b.close()
	_, addr, err := b.serve(multiServer, b.cloud.plan())
	if err != nil {
		t.Fatal(err)
	}
	b.cloud.App = "http://" + addr
	for _, part := range []struct {
		name    string
		measure func(context.Context) error
		rows    int
	}{
		{"default clients", b.defaultClients, 0}, // it adds to rows that are there
		{"the tenancy layer", b.layer, 1},
		{"end to end", b.endToEnd, 3},
		{"pages", b.pages, 2},
		{"what exists", b.sameness, 2},
		{"long lists", b.longLists, 1},
		{"the start of an upload", b.starts, 2},
		{"uploads at once", b.together, 1},
		{"a large file", b.largeFile, 1},
		{"a Service B that is difficult", b.outage, 4},
	} {
		before := len(b.rows)
		if err := part.measure(t.Context()); err != nil {
			t.Errorf("%s: %v", part.name, err)
		} else if n := len(b.rows) - before; n != part.rows {
			t.Errorf("%s comes to %d rows, want %d", part.name, n, part.rows)
		}
	}
}

// cloudOf is the cloud of a world, with everybody signed in.
func cloudOf(t *testing.T, w *vendingtest.World) *cloud {
	t.Helper()
	c := &cloud{Project: vendingtest.Project, APIKey: w.Cloud.APIKey(), data: t.TempDir()}
	at := w.Endpoints
	c.Endpoints.Firestore = strings.TrimPrefix(at.Firestore, "http://") // as dev.json has it
	c.Endpoints.Storage, c.Endpoints.Identity, c.Endpoints.Token = at.Storage, at.Identity, at.Token
	handle, err := keyset.NewHandle(aead.XChaCha20Poly1305KeyTemplate())
	must(t, err)
	var keys bytes.Buffer
	must(t, insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&keys)))
	c.keyset = keys.String()
	c.ownerKey, c.events = w.Cloud.OwnerKeyFile(), keysets{w.TicketKeyset, w.HandoverKeyset, w.AdapterKeyset}
	for name, account := range map[string]setup.Account{
		"web": setup.Web, "worker": setup.Worker, "adapter": setup.Forwarding, "inspection": setup.Inspection,
	} {
		keyFile(t, w, account.Email(c.Project), c.keyFile(name))
	}
	for _, of := range []vendingtest.Tenant{w.Acme, w.Globex} {
		tenant := &customer{
			ID: of.ID.String(), Slug: of.Slug.String(), Database: of.Database, Bucket: of.Bucket, KeyFile: filepath.Join(c.data, of.Slug.String()+".json"),
		}
		keyFile(t, w, of.ServiceAccount, tenant.KeyFile)
		for _, p := range []vendingtest.Person{of.Admin, of.Editor, of.Viewer} {
			tenant.Users = append(tenant.Users, &user{Email: p.Email, Password: p.Password, Role: p.Role.String(), ID: p.ID.String(), Token: w.Token(t, p)})
		}
		c.Tenants = append(c.Tenants, tenant)
	}
	return c
}

// keyFile has a key made for the account, and writes it to a file.
func keyFile(t *testing.T, w *vendingtest.World, account, file string) {
	t.Helper()
	accounts, err := w.Owner.Accounts(t.Context())
	must(t, err)
	key, err := accounts.CreateServiceAccountKey(t.Context(), &iamadminpb.CreateServiceAccountKeyRequest{
		Name: "projects/" + vendingtest.Project + "/serviceAccounts/" + account,
	})
	must(t, err)
	must(t, os.MkdirAll(filepath.Dir(file), 0o700))
	must(t, os.WriteFile(file, key.GetPrivateKeyData(), 0o600))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
