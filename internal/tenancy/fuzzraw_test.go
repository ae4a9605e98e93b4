package tenancy_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
)

// FuzzToken offers any bytes as a token. There is one that is sound, in one spelling.
func FuzzToken(f *testing.F) {
	issuer := tenancytest.NewIssuer(f)
	v := issuer.Verifier(f)
	good := issuer.Exchanged(tenancytest.NewTenant(f, "acme", tenancy.EU), "u1", tenancy.Editor)
	for _, raw := range []string{good, "", "..", good + "=", good + "\n", " " + good, good[:len(good)-1], strings.ToUpper(good), good + "." + good} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		_, err := v.Judged(t.Context(), raw)
		switch {
		case (err == nil) != (raw == good):
			t.Fatalf("%q: %v", raw, err)
		case err != nil && !errors.Is(err, tenancy.ErrUnauthenticated):
			t.Fatal(err)
		}
	})
}

var (
	slugForm     = regexp.MustCompile(`^[a-z][a-z0-9-]{1,30}[a-z0-9]$`)
	selectorForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{2,62}$`) // what any selector is at least
)

var idPattern = regexp.MustCompile(`^tn-[a-z0-9]{10}$`)

// FuzzParseSelector offers any bytes as a choice of tenant.
func FuzzParseSelector(f *testing.F) {
	for _, s := range append([]string{"acme", "tn-xyz9876543", "admin", "a-b"}, hostile...) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := tenancy.ParseSelector([]string{s})
		isID := idPattern.MatchString(s)
		form := slugForm.MatchString(s) || isID
		switch {
		case err != nil && (!errors.Is(err, tenancy.ErrInvalid) || !got.IsZero()):
			t.Fatalf("%q: %v, %v", s, got, err)
		case err == nil && (!form || !selectorForm.MatchString(s) || got.IsZero()):
			t.Fatalf("%q is taken as %v", s, got)
		case err != nil && isID:
			t.Fatalf("%q is refused", s)
		}
		if twice, err := tenancy.ParseSelector([]string{s, s}); !errors.Is(err, tenancy.ErrInvalid) || !twice.IsZero() {
			t.Fatalf("%q twice is taken as %v", s, twice)
		}
	})
}
