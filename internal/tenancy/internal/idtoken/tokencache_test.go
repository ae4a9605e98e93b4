package idtoken_test

import (
	"fmt"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/idtoken"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// TestTokenCacheIsBounded: a flood of good tokens leaves no more than the cache may hold, and each
// is still taken.
func TestTokenCacheIsBounded(t *testing.T) {
	issuer := tenancytest.NewIssuer(t)
	v, err := idtoken.NewVerifier(idtoken.VerifierConfig{
		Project: issuer.Project, CertificateURL: issuer.CertificateURL(), HTTPClient: issuer.InProcess(), CacheSize: 64,
	})
	if err != nil {
		t.Fatal(err)
	}
	acme := tenancytest.NewTenant(t, "acme", tenant.EU)
	for i := range 300 {
		user := fmt.Sprintf("u%d", i)
		got, err := v.Judged(t.Context(), issuer.Exchanged(acme, user, tenant.Viewer))
		if err != nil || got.User.String() != user {
			t.Fatalf("%v, %v; want %s", got.User, err, user)
		}
	}
	if n := v.Remembered(); n == 0 || n > 64 {
		t.Errorf("%d tokens remembered, want 1 to 64", n)
	}
}

// TestCacheHitAllocatesNothing is goal 1 of performance, the part that does not depend on the
// machine.
func TestCacheHitAllocatesNothing(t *testing.T) {
	issuer := tenancytest.NewIssuer(t)
	v := issuer.Tokens(t)
	raw := issuer.Exchanged(tenancytest.NewTenant(t, "acme", tenant.EU), "u1", tenant.Viewer)
	ctx := t.Context()
	verify := func() {
		if _, err := v.Judged(ctx, raw); err != nil {
			t.Fatal(err)
		}
	}
	verify()
	if n := testing.AllocsPerRun(1000, verify); n > 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
