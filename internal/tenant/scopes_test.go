package tenant_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

func TestParseScopes(t *testing.T) {
	for _, names := range [][]string{
		{"files:read"}, {"files:write"}, {"intake:write"}, {"people:read"}, {"files:read", "people:read"},
		{"files:read", "files:write", "intake:write", "people:read"},
	} {
		s, err := tenant.ParseScopes(names)
		if err != nil {
			t.Errorf("%v: %v", names, err)
		}
		if diff := cmp.Diff(names, s.Names()); diff != "" {
			t.Errorf("%v reads otherwise (-want +got):\n%s", names, diff)
		}
	}
	for what, names := range map[string][]string{
		"none": nil, "an empty one": {""}, "an unknown one": {"keys:write"}, "an unknown one beside a good one": {"files:read", "people:write"},
		"one twice": {"files:read", "files:read"}, "a permission": {"files.read"}, "two in one": {"files:read files:write"},
		"in capitals": {"Files:Read"}, "everything": {"*"},
	} {
		if s, err := tenant.ParseScopes(names); !errors.Is(err, tenant.ErrInvalid) || s != 0 {
			t.Errorf("%s: %v, %v; want ErrInvalid", what, s, err)
		}
	}
}

// TestScopesPermit pins which permissions each scope stands for, and that no scope stands for one
// that administers.
func TestScopesPermit(t *testing.T) {
	want := map[string][]tenant.Permission{
		"files:read":   {tenant.FilesRead, tenant.KeyEnd},
		"files:write":  {tenant.FilesWrite, tenant.KeyEnd},
		"intake:write": {tenant.IntakeWrite, tenant.KeyEnd},
		"people:read":  {tenant.KeyEnd, tenant.PeopleRead},
	}
	got := map[string][]tenant.Permission{}
	for _, name := range tenant.Editor.Scopes().Names() {
		s, err := tenant.ParseScopes([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range tenant.Permissions() {
			if s.May(p) {
				got[name] = append(got[name], p)
			}
			if s.May(p) && p.Administers() {
				t.Errorf("%s stands for %s, which is for people", name, p)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what scopes stand for (-want +got):\n%s", diff)
	}
	for _, p := range append(tenant.Permissions(), "", "*") {
		if tenant.Scopes(0).May(p) {
			t.Errorf("no scope stands for %q", p)
		}
	}
}

// TestScopesAndRoles: the scopes of a role are what its keys may do, and each choice of scopes has
// the least role that can hold it.
func TestScopesAndRoles(t *testing.T) {
	for r, want := range map[tenant.Role]string{
		0: "", tenant.Viewer: "files:read people:read", tenant.Editor: "files:read files:write intake:write people:read",
		tenant.Admin: "", tenant.Admin + 1: "",
	} {
		if got := r.Scopes().String(); got != want {
			t.Errorf("keys of %s have %q, want %q", r, got, want)
		}
	}
	for s := range tenant.Scopes(255) {
		role := s.Role()
		if known := tenant.Editor.Scopes(); s == 0 || s&^known != 0 {
			if role != 0 {
				t.Errorf("%08b has the role %s", s, role)
			}
			continue
		}
		writes := slices.ContainsFunc(s.Names(), func(n string) bool { return n == "files:write" || n == "intake:write" })
		if want := map[bool]tenant.Role{false: tenant.Viewer, true: tenant.Editor}[writes]; role != want {
			t.Errorf("%q has the role %s, want %s", s, role, want)
		}
		for _, p := range tenant.Permissions() {
			if s.May(p) && !role.May(p) {
				t.Errorf("%q permits %s, which its role %s does not", s, p, role)
			}
		}
	}
}
