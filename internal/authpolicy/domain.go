package authpolicy

import (
	"crypto/rand"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Domain is a domain of which a tenant says that it is theirs. It decides nothing until it is
// proven.
type Domain struct {
	Name      string // lower case, as DNS has it: "acme.example"
	Challenge string // what the TXT record at RecordName must say
	Proven    time.Time
	Checked   time.Time // the last look that gave a definite answer
	Failing   time.Time // since when the record is gone; zero: it is there
	Provider  ProviderID
}

const (
	// RecordPrefix stands before a domain in the name of the TXT record that proves it.
	RecordPrefix = "_bulkhead-challenge."
	// challengePrefix begins each challenge, so that the record says what it is for.
	challengePrefix = "bulkhead-domain-verification="
	maxDomain       = 253 - len(RecordPrefix)
	// ProofGrace is how long a domain stays proven while its record is gone.
	ProofGrace = 3 * 24 * time.Hour
)

// NewChallenge returns a fresh challenge of 128 bits.
func NewChallenge() string { return challengePrefix + strings.ToLower(rand.Text()) }

// RecordName is the name of the TXT record that proves the domain.
func (d Domain) RecordName() string { return RecordPrefix + d.Name }

// IsProven reports whether the domain may decide anything at now.
func (d Domain) IsProven(now time.Time) bool {
	return !d.Proven.IsZero() && (d.Failing.IsZero() || now.Before(d.Failing.Add(ProofGrace)))
}

// Looked returns the domain after a look at its record, which gave a definite answer: there or not.
func (d Domain) Looked(there bool, now time.Time) Domain {
	d.Checked = now
	switch {
	case there && d.Proven.IsZero():
		d.Proven, d.Failing = now, time.Time{}
	case there:
		d.Failing = time.Time{}
	case !d.Proven.IsZero() && d.Failing.IsZero():
		d.Failing = now
	case !d.Proven.IsZero() && !now.Before(d.Failing.Add(ProofGrace)):
		d.Proven, d.Failing = time.Time{}, time.Time{} // it has to be proven anew
	}
	return d
}

// Validate reports whether d may be stored: ErrInvalid names the first fault.
func (d Domain) Validate() error {
	switch {
	case len(d.Name) < 3 || len(d.Name) > maxDomain || !strings.Contains(d.Name, ".") ||
		strings.ToLower(d.Name) != d.Name || strings.ContainsAny(d.Name, " /\\@:_*\t\n\r") ||
		strings.HasPrefix(d.Name, ".") || strings.HasSuffix(d.Name, ".") || strings.Contains(d.Name, ".."):
		return tenant.Invalid("domain")
	case !strings.HasPrefix(d.Challenge, challengePrefix) || len(d.Challenge) < len(challengePrefix)+20:
		return tenant.Invalid("challenge")
	case d.Proven.IsZero() && !d.Failing.IsZero():
		return tenant.Invalid("domain that fails and was never proven")
	}
	return nil
}

func (d Domain) clone() Domain { return d }
