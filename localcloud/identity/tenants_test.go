package identity_test

import (
	"errors"
	"net/http"
	"regexp"
	"testing"

	"firebase.google.com/go/v4/auth"
	"firebase.google.com/go/v4/errorutils"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/iterator"
)

func TestTenantsWithGooglesClient(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	tm := w.client(w.ownerKey).TenantManager

	made, err := tm.CreateTenant(ctx, new(auth.TenantToCreate).DisplayName("Acme").AllowPasswordSignUp(true))
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^acme-[a-z0-9]{5}$`).MatchString(made.ID) {
		t.Errorf("assigned id %q", made.ID)
	}
	w.restart()
	got, err := tm.Tenant(ctx, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(made, got); diff != "" {
		t.Errorf("after a restart (-made +got):\n%s", diff)
	}
	changed, err := tm.UpdateTenant(ctx, made.ID, new(auth.TenantToUpdate).DisplayName("Acme-Inc"))
	if err != nil {
		t.Fatal(err)
	}
	if changed.DisplayName != "Acme-Inc" || !changed.AllowPasswordSignUp {
		t.Errorf("an update of the name alone: %+v", changed)
	}
	w.tenant(w.client(w.ownerKey), "globex")
	people, err := w.client(w.ownerKey).TenantManager.AuthForTenant(made.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.user(people, "ann", "ann@example.com", "correct horse")
	session := w.signIn(made.ID, "ann@example.com", "correct horse")
	var ids []string
	it := tm.Tenants(ctx, "")
	it.PageInfo().MaxSize = 1
	for {
		tn, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, tn.ID)
	}
	if len(ids) != 2 {
		t.Errorf("listed in pages of one: %v", ids)
	}
	if err := tm.DeleteTenant(ctx, made.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := tm.Tenant(ctx, made.ID); !auth.IsTenantNotFound(err) {
		t.Errorf("deleted tenant: %v", err)
	}
	if code, v := w.refresh(session["refreshToken"]); message(v) != "USER_NOT_FOUND" {
		t.Errorf("a session of a deleted tenant: %d %v", code, v)
	}
}

func TestTenantRefusals(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	tm := w.client(w.ownerKey).TenantManager
	for _, name := range []string{"", "abc", "1abc", "Acme Corporation", "a-name-of-21-characters"} {
		if _, err := tm.CreateTenant(ctx, new(auth.TenantToCreate).DisplayName(name)); !errorutils.IsInvalidArgument(err) {
			t.Errorf("display name %q: %v", name, err)
		}
	}
	viewer := w.client(w.account("viewer", "roles/firebaseauth.viewer")).TenantManager
	if _, err := viewer.CreateTenant(ctx, new(auth.TenantToCreate).DisplayName("acme")); !errorutils.IsPermissionDenied(err) {
		t.Errorf("a viewer creates a tenant: %v", err)
	}
	code, _ := w.do("GET", "/v2/projects/"+project+"/tenants?key="+w.identity.APIKey(), "application/json", nil, "")
	if code != http.StatusUnauthorized {
		t.Errorf("the API key instead of a credential: %d", code)
	}
	code, v := w.do("GET", "/v2/projects/other-project/tenants", "application/json", nil, w.bearer(w.ownerKey))
	if code != http.StatusForbidden {
		t.Errorf("another project's tenants: %d %v", code, v)
	}
	code, v = w.do("GET", "/v2/projects/"+project+"/tenants", "application/json", nil, "Bearer nonsense")
	if code != http.StatusUnauthorized {
		t.Errorf("a nonsense credential: %d %v", code, v)
	}
}
