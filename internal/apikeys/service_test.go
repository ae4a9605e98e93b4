package apikeys_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/apikeys"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

// TestTheTruthDecidesWhoMakesKeys: in the seconds for which a demoted admin's token still says
// admin, it makes no key that would outlive them, and revokes none.
func TestTheTruthDecidesWhoMakesKeys(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	acme := w.Acme
	second := w.Add(t, acme, "second@acme.test", tenant.Admin)
	grant := w.Grant(t, second)
	key, secret, err := w.APIKeys.Create(ctx, grant, apikeys.NewKey{Name: "nightly", Role: tenant.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	admin := users.NewRepository(w.Grant(t, acme.Admin))
	if _, err := admin.ChangeRole(ctx, second.ID, tenant.Editor); err != nil { // the truth alone: no revocation yet
		t.Fatal(err)
	}
	if _, _, err := w.APIKeys.Create(ctx, grant, apikeys.NewKey{Name: "late", Role: tenant.Viewer}); !errors.Is(err, users.ErrForbidden) {
		t.Errorf("a demoted admin makes a key: %v, want ErrForbidden", err)
	}
	if err := w.APIKeys.Revoke(ctx, grant, key.ID); !errors.Is(err, users.ErrForbidden) {
		t.Errorf("a demoted admin revokes a key: %v, want ErrForbidden", err)
	}

	// The key is the tenant's: it stays when its maker goes.
	p, err := w.Authenticator.Bearer(ctx, tenant.SelectID(acme.ID), secret.Reveal())
	if err != nil {
		t.Fatalf("the key of somebody demoted: %v", err)
	}
	g, err := w.Machine.Vend(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.APIKeys.Create(ctx, g, apikeys.NewKey{Name: "x", Role: tenant.Viewer}); !errors.Is(err, users.ErrForbidden) {
		t.Errorf("a key makes a key: %v, want ErrForbidden", err)
	}

	if err := w.APIKeys.Revoke(ctx, w.Grant(t, w.Globex.Admin), key.ID); !errors.Is(err, tenant.ErrNoAPIKey) {
		t.Errorf("globex revokes acme's key: %v, want ErrNoAPIKey", err)
	}
	people := users.NewRepository(g)
	if _, err := people.List(ctx, users.Cursor{}, 10); err != nil {
		t.Errorf("the key's grant reads: %v", err)
	}
	if err := w.APIKeys.Revoke(ctx, w.Grant(t, acme.Admin), key.ID); err != nil {
		t.Fatal(err)
	}
	// The grant was vended before: it ends with the key.
	if _, err := people.List(ctx, users.Cursor{}, 10); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("the grant of a revoked key reads: %v, want ErrUnauthenticated", err)
	}
	keys, err := w.APIKeys.List(ctx, w.Grant(t, acme.Admin))
	if err != nil || len(keys) != 1 || keys[0].Revoked.IsZero() {
		t.Errorf("acme's keys: %+v, %v", keys, err)
	}
}

// TestWhatKeysAreCalledStaysInTheTenantsDatabase: of a key the control plane has identifiers alone.
// What an earlier version left there moves to the tenant's database when the keys are listed.
func TestWhatKeysAreCalledStaysInTheTenantsDatabase(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	admin := w.Grant(t, w.Globex.Admin)
	key, _, err := w.APIKeys.Create(ctx, admin, apikeys.NewKey{Name: "Zahlungslauf", Role: tenant.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	former, _, err := w.APIKeys.Create(ctx, admin, apikeys.NewKey{Name: "moves", Role: tenant.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	records := w.Owner.Registry().Collection("apikeys")
	if _, err := records.Doc(former.ID.String()).Set(ctx, map[string]any{"name": "Altbestand", "creatorEmail": w.Globex.Admin.Email}, firestore.MergeAll); err != nil {
		t.Fatal(err)
	}
	if _, err := nameAt(admin, former.ID).Delete(ctx); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the first moves it
		got := map[string][2]string{}
		keys, err := w.APIKeys.List(ctx, admin)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			got[k.ID.String()] = [2]string{k.Label(), k.CreatorEmail}
		}
		want := map[string][2]string{
			key.ID.String():    {"API key: Zahlungslauf", w.Globex.Admin.Email},
			former.ID.String(): {"API key: Altbestand", w.Globex.Admin.Email},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	docs, err := records.Documents(ctx).GetAll()
	if err != nil || len(docs) != 2 {
		t.Fatalf("%d keys, %v", len(docs), err)
	}
	for _, doc := range docs {
		for _, content := range []string{"Zahlungslauf", "Altbestand", w.Globex.Admin.Email} {
			if strings.Contains(fmt.Sprint(doc.Data()), content) {
				t.Errorf("the control plane holds %q: %v", content, doc.Data())
			}
		}
	}
}

func nameAt(g vending.Grant, id tenant.KeyID) *firestore.DocumentRef {
	return g.Database().Collection("apikeys").Doc(id.String())
}

// TestNamesWithoutKeys: a name is written before its key. One without a key is not listed, and the
// next key removes it once it is old; a key without a name is called by its id.
func TestNamesWithoutKeys(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	admin := w.Grant(t, w.Acme.Admin)
	key, _, err := w.APIKeys.Create(ctx, admin, apikeys.NewKey{Name: "stays", Role: tenant.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	nameless, _, err := w.APIKeys.Create(ctx, admin, apikeys.NewKey{Name: "goes", Role: tenant.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nameAt(admin, nameless.ID).Delete(ctx); err != nil {
		t.Fatal(err)
	}
	old, young := tenant.NewKeyID(), tenant.NewKeyID()
	for id, created := range map[tenant.KeyID]time.Time{
		old: time.Now().Add(-2 * time.Hour), young: time.Now(), key.ID: time.Now().Add(-2 * time.Hour),
	} {
		if _, err := nameAt(admin, id).Set(ctx, map[string]any{"name": "stays", "email": "x@acme.test", "created": created}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := w.APIKeys.Create(ctx, admin, apikeys.NewKey{Name: "sweeps", Role: tenant.Viewer}); err != nil {
		t.Fatal(err)
	}
	keys, err := w.APIKeys.List(ctx, admin)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, k := range keys {
		names = append(names, k.Name)
	}
	if diff := cmp.Diff([]string{"sweeps", nameless.ID.String(), "stays"}, names); diff != "" {
		t.Errorf("the list (-want +got):\n%s", diff)
	}
	for id, want := range map[tenant.KeyID]bool{old: false, young: true, key.ID: true} {
		if doc, err := nameAt(admin, id).Get(ctx); doc.Exists() != want {
			t.Errorf("%s is there: %t, %v", id, doc.Exists(), err)
		}
	}
}

// TestOneAttemptMakesOneKey: however often and however nearly at once an attempt is repeated, it
// makes one key of the tenant. Another tenant's attempt of the same word makes its own.
func TestOneAttemptMakesOneKey(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	attempt := apikeys.NewKey{Name: "nightly", Role: tenant.Viewer, Once: "form 1"}
	admin := w.Grant(t, w.Acme.Admin)
	made := make(chan error, 4)
	for range cap(made) {
		go func() {
			_, _, err := w.APIKeys.Create(ctx, admin, attempt)
			made <- err
		}()
	}
	succeeded := 0
	for range cap(made) {
		switch err := <-made; {
		case err == nil:
			succeeded++
		case !errors.Is(err, tenant.ErrAPIKeyExists):
			t.Error(err)
		}
	}
	renamed := attempt
	renamed.Name = "another"
	if _, _, err := w.APIKeys.Create(ctx, admin, renamed); !errors.Is(err, tenant.ErrAPIKeyExists) {
		t.Errorf("a repeat of another name: %v, want ErrAPIKeyExists", err)
	}
	keys, err := w.APIKeys.List(ctx, admin)
	if err != nil || succeeded != 1 || len(keys) != 1 || keys[0].Name != "nightly" {
		t.Errorf("%d attempts made a key; the keys: %+v, %v", succeeded, keys, err)
	}
	if _, _, err := w.APIKeys.Create(ctx, w.Grant(t, w.Globex.Admin), attempt); err != nil {
		t.Errorf("globex's attempt: %v", err)
	}

	// An attempt that ended after the name was written is completed by its repeat.
	half := apikeys.NewKey{Name: "half", Role: tenant.Viewer, Once: "form 2"}
	away := w.Cloud.Faults().Add(fault.Rule{
		Method:   "/google.firestore.v1.Firestore/Commit",
		Resource: "projects/" + vendingtest.Project + "/databases/platform",
		Code:     codes.PermissionDenied,
	})
	_, _, err = w.APIKeys.Create(ctx, admin, half)
	away.Remove()
	if !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("the control plane is away: %v, want ErrUnavailable", err)
	}
	half.Name = "whole"
	if key, _, err := w.APIKeys.Create(ctx, admin, half); err != nil || key.Name != "whole" {
		t.Errorf("the repeat: %+v, %v", key, err)
	}
}

// TestWhatNoKeyIsCalled: a name is of the form that people can read, and the words for an attempt
// are short.
func TestWhatNoKeyIsCalled(t *testing.T) {
	w := newWorld(t)
	for what, n := range map[string]apikeys.NewKey{
		"no name":       {Role: tenant.Viewer},
		"a line break":  {Name: "a\nb", Role: tenant.Viewer},
		"turned around": {Name: "a\u202eb", Role: tenant.Viewer},
		"81 characters": {Name: strings.Repeat("ä", 81), Role: tenant.Viewer},
		"a long word":   {Name: "a", Role: tenant.Viewer, Once: strings.Repeat("a", 256)},
		"an admin":      {Name: "a", Role: tenant.Admin},
	} {
		if _, secret, err := w.APIKeys.Create(t.Context(), w.Grant(t, w.Acme.Admin), n); !errors.Is(err, tenant.ErrInvalid) || secret.Reveal() != "" {
			t.Errorf("%s: %v, want ErrInvalid", what, err)
		}
	}
}
