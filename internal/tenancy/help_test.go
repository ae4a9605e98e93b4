package tenancy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
)

// refused asserts that v does not take raw, and that its error repeats nothing of it.
func refused(t *testing.T, v *tenancy.Verifier, raw string) {
	t.Helper()
	got, err := v.Judged(t.Context(), raw)
	if !errors.Is(err, tenancy.ErrUnauthenticated) || got != (tenancy.Verified{}) {
		t.Errorf("%.120q: %+v, %v; want ErrUnauthenticated", raw, got, err)
		return
	}
	if errors.Is(err, tenancy.ErrUnavailable) || errors.Is(err, tenancy.ErrTenantDenied) {
		t.Errorf("%v is two kinds of error", err)
	}
	for segment := range strings.SplitSeq(raw, ".") {
		if len(segment) > 8 && strings.Contains(err.Error(), segment) {
			t.Errorf("the error repeats the token: %v", err)
		}
	}
}

// inBubble returns a Verifier of the bubble's time, which reaches the issuer without a socket.
func inBubble(t *testing.T, i *tenancytest.Issuer) *tenancy.Verifier {
	t.Helper()
	v, err := tenancy.NewVerifier(tenancy.VerifierConfig{Project: i.Project, CertificateURL: "http://issuer.test/", HTTPClient: i.InProcess()})
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
