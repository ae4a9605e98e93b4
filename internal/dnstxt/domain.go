package dnstxt

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

const (
	maxName  = 253 // bytes of a name in its text form (RFC 1035, section 2.3.4)
	maxLabel = 63

	// development is the domain that only development can prove: ".test" is reserved (RFC 6761),
	// and no public name server answers for it.
	development = "bulkhead.test"
)

// Domain is a domain that somebody can own: lower-case A-labels, below a public suffix. The zero
// Domain is none.
type Domain struct{ s string }

// ParseDomain returns the domain that s is. It changes nothing: an upper-case letter, a letter
// outside ASCII and a dot at the end are refused. It returns ErrInvalid for anything else than a
// domain that somebody can own.
func ParseDomain(s string) (Domain, error) {
	if !wellFormed(s) {
		return Domain{}, tenant.Invalid("domain: not a domain name")
	}
	ascii, err := idna.Lookup.ToASCII(s)
	if err != nil || ascii != s {
		return Domain{}, tenant.Invalid("domain: write it in lower-case ASCII (A-labels)")
	}
	last := s[strings.LastIndexByte(s, '.')+1:]
	if _, err := netip.ParseAddr(s); err == nil || last[0] >= '0' && last[0] <= '9' {
		return Domain{}, tenant.Invalid("domain: a number is no domain")
	}
	if suffix, _ := publicsuffix.PublicSuffix(s); suffix == s {
		return Domain{}, tenant.Invalid("domain: a public suffix, which many owners share")
	}
	return Domain{s}, nil
}

// String returns the domain's name.
func (d Domain) String() string { return d.s }

// IsZero reports whether d is the zero Domain.
func (d Domain) IsZero() bool { return d.s == "" }

// IsDevelopment reports whether d is bulkhead.test or beneath it. A program that serves the public
// refuses such a domain.
func (d Domain) IsDevelopment() bool {
	return d.s == development || strings.HasSuffix(d.s, "."+development)
}

// wellFormed reports whether s is a name as DNS bounds it, without a dot at its end.
func wellFormed(s string) bool {
	if s == "" || len(s) > maxName {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > maxLabel {
			return false
		}
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f })
}
