package tenant_test

import (
	"errors"
	"regexp"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

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
		got, err := tenant.ParseSelector([]string{s})
		isID := idPattern.MatchString(s)
		form := slugForm.MatchString(s) || isID
		switch {
		case err != nil && (!errors.Is(err, tenant.ErrInvalid) || !got.IsZero()):
			t.Fatalf("%q: %v, %v", s, got, err)
		case err == nil && (!form || !selectorForm.MatchString(s) || got.IsZero()):
			t.Fatalf("%q is taken as %v", s, got)
		case err != nil && isID:
			t.Fatalf("%q is refused", s)
		}
		if twice, err := tenant.ParseSelector([]string{s, s}); !errors.Is(err, tenant.ErrInvalid) || !twice.IsZero() {
			t.Fatalf("%q twice is taken as %v", s, twice)
		}
	})
}
