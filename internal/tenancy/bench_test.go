package tenancy_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
)

var sum [sha256.Size]byte

func BenchmarkSHA256(b *testing.B) {
	issuer := tenancytest.NewIssuer(b)
	raw := []byte(issuer.Exchanged(newTenant(b, "acme", tenancy.EU), "u1", tenancy.Editor))
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		sum = sha256.Sum256(raw)
	}
}

func BenchmarkVerifyCached(b *testing.B) {
	issuer := tenancytest.NewIssuer(b)
	raw := issuer.Exchanged(newTenant(b, "acme", tenancy.EU), "u1", tenancy.Editor)
	v := issuer.Verifier(b)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(b.Context(), raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRSAVerify(b *testing.B) {
	key := tenancytest.NewKey(0)
	digest := sha256.Sum256([]byte("a token"))
	signature, err := rsa.SignPKCS1v15(nil, key.Private, crypto.SHA256, digest[:])
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := rsa.VerifyPKCS1v15(&key.Private.PublicKey, crypto.SHA256, digest[:], signature); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyUncached(b *testing.B) {
	issuer := tenancytest.NewIssuer(b)
	raw := issuer.Exchanged(newTenant(b, "acme", tenancy.EU), "u1", tenancy.Editor)
	v := issuer.Verifier(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := v.VerifyUncached(b.Context(), raw); err != nil {
			b.Fatal(err)
		}
	}
}

// benchWorld is a server whose feed runs, and a caller of it.
func benchWorld(b *testing.B) (*server, tenancy.Selector, string) {
	b.Helper()
	c := newControl(b)
	s := c.server(b)
	acme := s.onboard(b, "acme", tenancy.EU)
	s.run(b)
	return s, tenancy.SelectSlug(acme.Slug), c.issuer.Exchanged(acme, "u1", tenancy.Editor)
}

// BenchmarkSession is what every request of a browser costs once its token is known.
func BenchmarkSession(b *testing.B) {
	s, acme, token := benchWorld(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.auth.Session(b.Context(), acme, token); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheck is what tenancy adds to every vend.
func BenchmarkCheck(b *testing.B) {
	s, acme, token := benchWorld(b)
	p, err := s.auth.Session(b.Context(), acme, token)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Check(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheckWithoutPulse asks the registry, the feed and the clock each time.
func BenchmarkCheckWithoutPulse(b *testing.B) {
	c := newControl(b)
	s := c.server(b)
	acme := s.onboard(b, "acme", tenancy.EU)
	p, err := s.auth.Session(b.Context(), tenancy.SelectSlug(acme.Slug), c.issuer.Exchanged(acme, "u1", tenancy.Editor))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Check(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
