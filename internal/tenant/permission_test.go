package tenant_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
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
intake.write     -    -      yes    yes   -
key.end          -    yes    yes    -     -
people.read      -    yes    yes    yes   -
people.manage    -    -      -      yes   -
keys.manage      -    -      -      yes   -
access.read      -    -      -      yes   -
session.end      -    yes    yes    yes   -
account.own      -    yes    yes    yes   -
settings.manage  -    -      -      yes   -
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
		t.Errorf("who may do what (-pinned +table): whoever changes it has to decide it in this table too:\n%s", diff)
	}
}

// TestEveryPermissionIsGiven reads the constants in the source: one that is not listed is refused
// at every route, and one that no role has opens nothing.
func TestEveryPermissionIsGiven(t *testing.T) {
	const file = "permission.go"
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	constants := regexp.MustCompile(`(?m)^\t(\w+) +Permission += "(.+?)"`).FindAllStringSubmatch(string(source), -1)
	roles := []tenant.Role{tenant.Viewer, tenant.Editor, tenant.Admin}
	for _, c := range constants {
		name, p := c[1], tenant.Permission(c[2])
		if !p.IsValid() {
			t.Errorf("%s is not in Permissions: add it in internal/tenant/%s", name, file)
		}
		if !slices.ContainsFunc(roles, func(r tenant.Role) bool { return r.May(p) }) {
			t.Errorf("no role has %s: give it to one in permissions in internal/tenant/%s", name, file)
		}
	}
	if n := len(tenant.Permissions()); len(constants) < n || n == 0 {
		t.Errorf("%d constants and %d permissions: the test looks at the wrong place", len(constants), n)
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
