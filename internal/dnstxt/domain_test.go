package dnstxt_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/dnstxt"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

func TestParseDomain(t *testing.T) {
	for s, development := range map[string]bool{
		"acme.com": false, "mail.acme.co.uk": false, "xn--bcher-kva.de": false, "a-b.example": false, "acme.github.io": false,
		"bulkhead.test": true, "acme.bulkhead.test": true, "a.b.bulkhead.test": true,
		"notbulkhead.test": false, "bulkhead.test.acme.com": false,
		strings.Repeat(strings.Repeat("a", 61)+".", 4) + "de.de": false, // 253 bytes
	} {
		d, err := dnstxt.ParseDomain(s)
		if err != nil || d.String() != s || d.IsZero() || d.IsDevelopment() != development {
			t.Errorf("%q: %q, development %t, %v", s, d, d.IsDevelopment(), err)
		}
	}
	for _, s := range []string{
		"", ".", "acme", "localhost", "acme.com.", ".acme.com", "acme..com", "Acme.com", "ACME.COM", "b\u00fccher.de",
		"acme\uff0ecom", "\u212aelvin.com", "xn--zzzzzzzz.de", "xn--.de", "xn--Bcher-kva.de", "*.acme.com", "_dmarc.acme.com",
		"acme.com/x", "acme.com:53", "a b.com", "acme.com\n", "acme\x00.com", "-acme.com", "acme-.com", "user@acme.com",
		"127.0.0.1", "1.2.3", "acme.0x7f", "::1", "[::1]", "2130706433", "com", "co.uk", "github.io", "s3.amazonaws.com", "test",
		strings.Repeat("a", 64) + ".com", strings.Repeat(strings.Repeat("a", 61)+".", 4) + "dea.de",
	} {
		if d, err := dnstxt.ParseDomain(s); !errors.Is(err, tenant.ErrInvalid) || !d.IsZero() {
			t.Errorf("%q: %q, %v; want ErrInvalid", s, d, err)
		}
	}
}

func FuzzParseDomain(f *testing.F) {
	for _, s := range []string{"acme.com", "xn--bcher-kva.de", "co.uk", "1.2.3.4", "A.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := dnstxt.ParseDomain(s)
		if err != nil {
			return
		}
		if d.String() != s || len(s) > 253 || strings.ToLower(s) != s || !strings.Contains(s, ".") ||
			strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-.", r) }) {
			t.Fatalf("%q is taken as %q", s, d)
		}
	})
}
