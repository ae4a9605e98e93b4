package tenancy_test

import (
	"errors"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/apikey"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// TestAPIKeyScopes: a key may do what it has a scope for, and nothing else, whatever its role.
func TestAPIKeyScopes(t *testing.T) {
	w := newWorld(t)
	of := func(s tenant.Scopes) map[tenant.Permission]bool {
		t.Helper()
		_, held := w.newKey(t, w.control, w.acme, apikey.Draft{Scopes: s, Days: 1})
		p, err := w.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held)
		if err != nil {
			t.Fatal(err)
		}
		if p.Scopes() != s || p.Role() != s.Role() || p.Key().IsZero() {
			t.Errorf("the key of %q has %q as %s", s, p.Scopes(), p.Role())
		}
		may := map[tenant.Permission]bool{}
		for _, perm := range append(tenant.Permissions(), "", "*") {
			if p.May(perm) != p.Facts().May(perm) {
				t.Errorf("of %q and its facts, one may do %q", s, perm)
			}
			may[perm] = p.May(perm)
		}
		return may
	}
	for s := tenant.Scopes(1); s <= tenant.Editor.Scopes(); s++ {
		for perm, may := range of(s) {
			want := perm == tenant.KeyEnd // every key can
			for _, c := range []struct {
				scope tenant.Scopes
				perm  tenant.Permission
			}{
				{tenant.ScopeFilesRead, tenant.FilesRead}, {tenant.ScopeFilesWrite, tenant.FilesWrite},
				{tenant.ScopeIntakeWrite, tenant.IntakeWrite}, {tenant.ScopePeopleRead, tenant.PeopleRead},
			} {
				want = want || c.perm == perm && s&c.scope != 0
			}
			if may != want {
				t.Errorf("a key with %q may do %q: %v, want %v", s, perm, may, want)
			}
		}
	}
	for _, f := range []tenancy.Facts{{Role: tenant.Editor, Method: tenancy.ByAPIKey}, {Method: tenancy.ByAPIKey, Scopes: tenant.Editor.Scopes()}} {
		for _, perm := range tenant.Permissions() {
			if f.May(perm) {
				t.Errorf("a key with the role %s and the scopes %q may do %s", f.Role, f.Scopes, perm)
			}
		}
	}
}

// TestAPIKeyOfARole: a key that an earlier version made has a role alone, and all scopes of it.
func TestAPIKeyOfARole(t *testing.T) {
	w := newWorld(t)
	for _, role := range []tenant.Role{tenant.Viewer, tenant.Editor} {
		key, held := w.newKey(t, w.control, w.acme, apikey.Draft{Role: role, Days: 1})
		doc := w.db.Collection("apikeys").Doc(key.ID.String())
		old, err := doc.Get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		record := old.Data()
		delete(record, "scopes")
		record["role"] = role.String()
		if _, err := doc.Set(t.Context(), record); err != nil {
			t.Fatal(err)
		}
		p, err := w.control.server(t).auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held)
		if err != nil || p.Role() != role || p.Scopes() != role.Scopes() {
			t.Errorf("the key of %s: %v as %s with %q, %v", role, p, p.Role(), p.Scopes(), err)
		}
	}
}

// TestAKeyWhoseScopesWereTaken is refused in use, within the bound of a revocation: nobody keeps
// what a record does not say any more.
func TestAKeyWhoseScopesWereTaken(t *testing.T) {
	w := newWorld(t)
	key, held := w.newKey(t, w.control, w.acme, editorKey())
	p, err := w.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held)
	if err != nil {
		t.Fatal(err)
	}
	doc := w.db.Collection("apikeys").Doc(key.ID.String())
	record, err := doc.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	less := record.Data()
	less["scopes"] = []string{"files:read", "files:write"}
	if _, err := doc.Set(t.Context(), less); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(5 * time.Second)
	w.poll(t)
	if err := p.Check(t.Context()); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("in use: %v, want ErrUnauthenticated", err)
	}
}
