package vending_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/iam"
	iamadmin "cloud.google.com/go/iam/admin/apiv1"
	iamadminpb "cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

func TestOpenSource(t *testing.T) {
	for _, name := range []string{"", "KEYFILE", "key-file", "adc"} {
		if s, err := vault.OpenSource(name, gcloud.Endpoints{}, nil); err == nil {
			t.Errorf("%q opens %v", name, s)
		}
	}
	if s, err := vault.OpenSource("keyfile", gcloud.Endpoints{}, nil); err != nil || s.Keyless() {
		t.Errorf("keyfile: %v, %v", s, err)
	}
	if s, err := vault.OpenSource("impersonation", gcloud.Endpoints{}, nil); err == nil {
		t.Errorf("without credentials: %v", s)
	}
}

// TestImpersonation is about what only a process without keys does.
func TestImpersonation(t *testing.T) {
	w := vendingtest.TwoTenants(t, vendingtest.Keyless)
	t.Run("a tenant has no key", func(t *testing.T) { tenantHasNoKey(t, w) })
	t.Run("who may act as a tenant", func(t *testing.T) { onlyVendingActsAsTenants(t, w) })
	t.Run("one token for all", func(t *testing.T) { oneTokenForAll(t, w) })
	t.Run("renewed ahead", func(t *testing.T) { tokenIsRenewedAhead(t, w) })
	t.Run("a token taken back", func(t *testing.T) { tokenTakenBack(t, w) })
	t.Run("a right withdrawn", func(t *testing.T) { rightWithdrawn(t, w) })
	t.Run("a service that does not answer", func(t *testing.T) { serviceDoesNotAnswer(t, w) })
}

func tenantHasNoKey(t *testing.T, w *vendingtest.World) {
	bundle, _, err := w.Vault.Get(t.Context(), w.Acme.ID, w.Acme.Region)
	if err != nil || bundle.Key != nil || bundle.Account != w.Acme.ServiceAccount || bundle.Database != w.Acme.Database {
		t.Errorf("the vault holds %v, %v", bundle, err)
	}
	accounts, err := w.Owner.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	keys, err := accounts.ListServiceAccountKeys(t.Context(), &iamadminpb.ListServiceAccountKeysRequest{
		Name:     accountName(w.Acme),
		KeyTypes: []iamadminpb.ListServiceAccountKeysRequest_KeyType{iamadminpb.ListServiceAccountKeysRequest_USER_MANAGED},
	})
	if err != nil || len(keys.GetKeys()) != 0 {
		t.Errorf("the account has keys: %v, %v", keys, err)
	}
}

// jobs@ may act as a tenant while it makes one, and not a moment longer; web@ never.
func onlyVendingActsAsTenants(t *testing.T, w *vendingtest.World) {
	policy := accountPolicy(t, w, w.Acme)
	got := policy.Members("roles/iam.serviceAccountTokenCreator")
	want := "serviceAccount:bulkhead-vending@" + vendingtest.Project + ".iam.gserviceaccount.com"
	if len(got) != 1 || got[0] != want {
		t.Errorf("these may act as the tenant: %v, want %s alone", got, want)
	}
	for name, p := range map[string]*platform.Platform{"web@": w.Web, "jobs@": w.Jobs} {
		creds, err := p.Impersonate(t.Context(), w.Acme.ServiceAccount)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := creds.Token(t.Context()); err == nil {
			t.Errorf("%s acts as a tenant", name)
		}
	}
}

// asked counts the tokens of the tenant's account that the cloud was asked for.
func asked(w *vendingtest.World, since time.Time, permission string) (n int) {
	for _, d := range w.Asked(since) {
		if d.Permission == permission && d.Allowed && d.Caller == "bulkhead-vending@"+vendingtest.Project+".iam.gserviceaccount.com" {
			n++
		}
	}
	return n
}

const getToken = "iam.serviceAccounts.getAccessToken"

func oneTokenForAll(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	m := w.NewMachine(t, vending.MachineConfig{})
	p := w.Principal(t, w.Acme.Admin)
	began := time.Now()
	g, err := m.Vend(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	if n := asked(w, began, getToken); n != 0 {
		t.Errorf("the vend asked for %d tokens; it is for the first use to ask", n)
	}
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			if _, err := g.Database().Collection("users").Doc("nobody").Get(ctx); status.Code(err) != codes.NotFound {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := asked(w, began, getToken); n != 1 {
		t.Errorf("64 callers asked for %d tokens, want 1", n)
	}
}

// A token that is about to expire goes on being used while its successor is fetched.
func tokenIsRenewedAhead(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	g := w.Grant(t, w.Acme.Editor)
	wantAll(t, "before", ctx, g, nil)
	began := time.Now()
	g.AgeToken(t, time.Minute)
	wantAll(t, "aged", ctx, g, nil)
	for asked(w, began, getToken) == 0 {
		if time.Since(began) > 10*time.Second {
			t.Fatal("the token was not renewed")
		}
		time.Sleep(time.Millisecond)
	}
}

// A token that the cloud does not take any more is followed by another, though the vault says
// nothing new.
func tokenTakenBack(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	g := w.Grant(t, w.Acme.Editor)
	for name, request := range requests(ctx, g) {
		g.SpoilToken()
		if err := request(); err != nil {
			t.Errorf("%s with a token that is none: %v", name, err)
		}
	}
}

// Once vending@ may not act as the account any more, nothing is signed, and no token follows the
// last.
func rightWithdrawn(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	g := w.Grant(t, w.Globex.Editor)
	wantAll(t, "before", ctx, g, nil)
	policy := accountPolicy(t, w, w.Globex)
	held := policy.Members("roles/iam.serviceAccountTokenCreator")
	policy.Remove(held[0], "roles/iam.serviceAccountTokenCreator")
	setAccountPolicy(t, w, w.Globex, policy)

	if _, err := g.Bucket().SignDownload(ctx, "kept", 1, "k", "text/plain", time.Minute); status.Code(err) != codes.Unauthenticated {
		t.Errorf("signing: got %v, want Unauthenticated", err)
	}
	g.SpoilToken()
	for name, request := range requests(ctx, g) {
		if err := request(); status.Code(err) != codes.Unauthenticated {
			t.Errorf("%s: got %v, want Unauthenticated", name, err)
		}
	}
	if w.Machine.Holds(w.Globex.ID) {
		t.Error("a tenant whose account is lost to us is still warm")
	}

	policy = accountPolicy(t, w, w.Globex)
	policy.Add(held[0], "roles/iam.serviceAccountTokenCreator")
	setAccountPolicy(t, w, w.Globex, policy)
	wantAll(t, "bound again", ctx, g, nil)
}

// That nobody says anything is no refusal: the tenant stays, and the next request asks again.
func serviceDoesNotAnswer(t *testing.T, w *vendingtest.World) {
	nowhere := w.Endpoints
	nowhere.IAMCredentials = "http://127.0.0.1:1"
	source, err := vault.Impersonation(nowhere, w.Web.Credentials())
	if err != nil {
		t.Fatal(err)
	}
	m := w.NewMachine(t, vending.MachineConfig{Source: source})
	g, err := m.Vend(t.Context(), w.Principal(t, w.Acme.Admin))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond) // Google's client repeats what is Unavailable
	defer cancel()
	if _, err := g.Database().Collection("users").Doc("u").Get(ctx); errors.Is(err, vending.ErrDenied) || status.Code(err) == codes.Unauthenticated {
		t.Errorf("got %v, want no verdict", err)
	}
	if !m.Holds(w.Acme.ID) {
		t.Error("the tenant was forgotten")
	}
}

// TestDisabledAccount: an account that was disabled is noticed as a rejected key is, and forgiven
// when it is enabled again.
func TestDisabledAccount(t *testing.T) {
	vendingtest.EachSource(t, vendingtest.TwoTenants, disabledAccount)
}

func disabledAccount(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	g := w.Grant(t, w.Acme.Editor)
	wantAll(t, "before", ctx, g, nil)
	accounts, err := w.Owner.Accounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := accounts.DisableServiceAccount(ctx, &iamadminpb.DisableServiceAccountRequest{Name: accountName(w.Acme)}); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Database().Collection("notes").Doc("kept").Get(ctx); status.Code(err) != codes.Unauthenticated {
		t.Errorf("got %v, want Unauthenticated", err)
	}
	if w.Machine.Holds(w.Acme.ID) {
		t.Error("the tenant is still warm")
	}
	if err := accounts.EnableServiceAccount(ctx, &iamadminpb.EnableServiceAccountRequest{Name: accountName(w.Acme)}); err != nil {
		t.Fatal(err)
	}
	wantAll(t, "enabled again", ctx, g, nil)
	wantAll(t, "vended anew", ctx, w.Grant(t, w.Acme.Editor), nil)
}

// TestSourcesSideBySide: processes of both kinds serve one tenant while it is moved from keys to
// none.
func TestSourcesSideBySide(t *testing.T) {
	w := vendingtest.Start(t)
	acme := w.Onboard(t, "acme", tenant.EU)
	ctx := t.Context()
	policy := accountPolicy(t, w, acme)
	policy.Add("serviceAccount:bulkhead-vending@"+vendingtest.Project+".iam.gserviceaccount.com", "roles/iam.serviceAccountTokenCreator")
	setAccountPolicy(t, w, acme, policy)
	reader, err := w.Web.Impersonate(ctx, "bulkhead-vending@"+vendingtest.Project+".iam.gserviceaccount.com")
	if err != nil {
		t.Fatal(err)
	}
	source, err := vault.Impersonation(w.Endpoints, reader)
	if err != nil {
		t.Fatal(err)
	}
	keyless := w.NewMachine(t, vending.MachineConfig{Source: source})
	p := w.Principal(t, acme.Editor)
	for name, m := range map[string]*vending.Machine{"keyfile": w.Machine, "impersonation": keyless} {
		g, err := m.Vend(ctx, p)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantAll(t, name, ctx, g, nil)
	}
	bundle, generation, err := w.Onboarding.Vault.Get(ctx, acme.ID, acme.Region)
	if err != nil {
		t.Fatal(err)
	}
	bundle.Key, bundle.Generation = nil, bundle.Generation+1
	if err := w.Onboarding.Vault.Put(ctx, bundle, generation); err != nil {
		t.Fatal(err)
	}
	if _, err := w.NewMachine(t, vending.MachineConfig{Source: source}).Vend(ctx, p); err != nil {
		t.Errorf("impersonation, without a key in the vault: %v", err)
	}
	if _, err := w.NewMachine(t, vending.MachineConfig{}).Vend(ctx, p); !errors.Is(err, vending.ErrDenied) {
		t.Errorf("key files, without a key in the vault: got %v, want ErrDenied", err)
	}
}

func accountPolicy(t *testing.T, w *vendingtest.World, tenant vendingtest.Tenant) *iam.Policy {
	t.Helper()
	accounts, err := w.Owner.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	policy, err := accounts.GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{Resource: accountName(tenant)})
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

func setAccountPolicy(t *testing.T, w *vendingtest.World, tenant vendingtest.Tenant, policy *iam.Policy) {
	t.Helper()
	accounts, err := w.Owner.Accounts(t.Context())
	if err == nil {
		_, err = accounts.SetIamPolicy(t.Context(), &iamadmin.SetIamPolicyRequest{Resource: accountName(tenant), Policy: policy})
	}
	if err != nil {
		t.Fatal(err)
	}
}
