package idtoken_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// FuzzToken offers any bytes as a token. There is one that is sound, in one spelling.
func FuzzToken(f *testing.F) {
	issuer := tenancytest.NewIssuer(f)
	v := issuer.Tokens(f)
	good := issuer.Exchanged(tenancytest.NewTenant(f, "acme", tenant.EU), "u1", tenant.Editor)
	for _, raw := range []string{good, "", "..", good + "=", good + "\n", " " + good, good[:len(good)-1], strings.ToUpper(good), good + "." + good} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		_, err := v.Judged(t.Context(), raw)
		switch {
		case (err == nil) != (raw == good):
			t.Fatalf("%q: %v", raw, err)
		case err != nil && !errors.Is(err, tenant.ErrUnauthenticated):
			t.Fatal(err)
		}
	})
}
