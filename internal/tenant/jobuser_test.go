package tenant_test

import (
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

func TestJobUser(t *testing.T) {
	u := tenant.JobUser("inspect")
	if u.String() != "job-inspect" || !u.IsJob() || u.IsKey() {
		t.Errorf("the user of a job is %v", u)
	}
	if tenant.NewKeyID().User().IsJob() {
		t.Error("an API key passes for a job")
	}
	for _, kind := range []string{"", "a/b", strings.Repeat("a", 128)} {
		if u := tenant.JobUser(kind); !u.IsZero() {
			t.Errorf("kind %q is %v", kind, u)
		}
	}
}
