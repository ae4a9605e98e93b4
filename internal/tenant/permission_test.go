package tenant_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// TestPermissions pins who may do what. Whoever changes the table decides it here a second time.
func TestPermissions(t *testing.T) {
	const want = `
                 none viewer editor admin none
files.read       -    yes    yes    yes   -
files.write      -    -      yes    yes   -
people.read      -    yes    yes    yes   -
people.manage    -    -      -      yes   -
keys.manage      -    -      -      yes   -
access.read      -    -      -      yes   -
session.end      -    yes    yes    yes   -
                 -    -      -      -     -
*                -    -      -      -     -
Files.Read       -    -      -      -     -
`
	roles := []tenant.Role{0, tenant.Viewer, tenant.Editor, tenant.Admin, tenant.Admin + 1}
	var got strings.Builder
	row := func(first string, cells []string) {
		line := fmt.Sprintf("%-16s", first)
		for i, c := range cells {
			line += fmt.Sprintf(" %-*s", len(roles[i].String()), c)
		}
		got.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	var names []string
	for _, r := range roles {
		names = append(names, r.String())
	}
	got.WriteString("\n")
	row("", names)
	for _, p := range append(tenant.Permissions(), "", "*", "Files.Read") {
		var cells []string
		for _, r := range roles {
			cells = append(cells, map[bool]string{true: "yes", false: "-"}[r.May(p)])
		}
		row(string(p), cells)
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("who may do what (-pinned +table):\n%s", diff)
	}
}

func TestRolesOfKeys(t *testing.T) {
	want := map[tenant.Role]bool{tenant.Viewer: true, tenant.Editor: true}
	for r := range tenant.Role(10) {
		if got := r.IsForKeys(); got != want[r] {
			t.Errorf("an API key can be %s: %v", r, got)
		}
		for _, p := range tenant.Permissions() {
			if r.IsForKeys() && r.May(p) && p.Administers() {
				t.Errorf("an API key that is %s has %s", r, p)
			}
		}
	}
	for p, want := range map[tenant.Permission]bool{tenant.FilesRead: true, tenant.SessionEnd: true, "": false, "files": false} {
		if p.IsValid() != want {
			t.Errorf("%q is valid: %v", p, !want)
		}
	}
}
