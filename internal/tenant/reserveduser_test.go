package tenant_test

import (
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// TestReservedUsers: each kind has a name of its own, which nobody else passes for.
func TestReservedUsers(t *testing.T) {
	for prefix, user := range map[string]func(string) tenant.UserID{
		"job-": tenant.JobUser, "program-": tenant.ProgramUser, "provider-": tenant.ProviderUser,
	} {
		u := user("inspect")
		if u.String() != prefix+"inspect" || !u.IsReserved() || u.IsKey() || u.IsJob() != (prefix == "job-") {
			t.Errorf("%s: the user is %v", prefix, u)
		}
		for _, name := range []string{"", "a/b", strings.Repeat("a", 128)} {
			if u := user(name); !u.IsZero() {
				t.Errorf("%s: the name %q makes %v", prefix, name, u)
			}
		}
	}
	if u := tenant.NewKeyID().User(); u.IsJob() || !u.IsReserved() {
		t.Errorf("the user of an API key is %v", u)
	}
	for _, name := range []string{"job", "jobs-1", "Program-x", "p-provider-x", "ada"} {
		if u, err := tenant.ParseUserID(name); err != nil || u.IsReserved() {
			t.Errorf("%q is reserved: %v", name, err)
		}
	}
}
