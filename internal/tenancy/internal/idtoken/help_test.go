package idtoken_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/idtoken"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// refused asserts that v does not take raw, and that its error repeats nothing of it.
func refused(t *testing.T, v *idtoken.Verifier, raw string) {
	t.Helper()
	got, err := v.Judged(t.Context(), raw)
	if !errors.Is(err, tenant.ErrUnauthenticated) || got != (idtoken.Verified{}) {
		t.Errorf("%.120q: %+v, %v; want ErrUnauthenticated", raw, got, err)
		return
	}
	if errors.Is(err, tenant.ErrUnavailable) || errors.Is(err, tenant.ErrTenantDenied) {
		t.Errorf("%v is two kinds of error", err)
	}
	for segment := range strings.SplitSeq(raw, ".") {
		if len(segment) > 8 && strings.Contains(err.Error(), segment) {
			t.Errorf("the error repeats the token: %v", err)
		}
	}
}

// inBubble returns a Verifier of the bubble's time, which reaches the issuer without a socket.
func inBubble(t *testing.T, i *tenancytest.Issuer) *idtoken.Verifier {
	t.Helper()
	v, err := idtoken.NewVerifier(idtoken.VerifierConfig{Project: i.Project, CertificateURL: "http://issuer.test/", HTTPClient: i.InProcess()})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// addMember returns a JSON object with one more member at its end, whatever it already has.
func addMember(object, member string) string {
	return strings.TrimSuffix(object, "}") + "," + member + "}"
}

func lastSegment(raw string) string { return raw[strings.LastIndexByte(raw, '.')+1:] }
