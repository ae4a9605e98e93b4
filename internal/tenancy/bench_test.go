package tenancy_test

import (
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"testing"
)

// benchWorld is a server whose feed runs, and a caller of it.
func benchWorld(b *testing.B) (*server, tenant.Selector, string) {
	b.Helper()
	c := newControl(b)
	s := c.server(b)
	acme := s.onboard(b, "acme", tenant.EU)
	s.run(b)
	return s, tenant.SelectSlug(acme.Slug), c.issuer.Exchanged(acme, "u1", tenant.Editor)
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
	acme := s.onboard(b, "acme", tenant.EU)
	p, err := s.auth.Session(b.Context(), tenant.SelectSlug(acme.Slug), c.issuer.Exchanged(acme, "u1", tenant.Editor))
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
