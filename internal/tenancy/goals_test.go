package tenancy_test

import (
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// bearers returns two bearers as a request has them judged, each with a proven second factor: one
// of a tenant that requires it, one of a tenant that does not.
func bearers(tb testing.TB) (required, free func() error) {
	tb.Helper()
	c := newControl(tb)
	s := c.server(tb)
	side := func(slug string, edit func(*authpolicy.Policy)) func() error {
		t := s.onboard(tb, slug, tenant.EU)
		_, err := s.policies.Change(tb.Context(), t.ID, authpolicies.AnyVersion, func(p authpolicy.Policy) (authpolicy.Policy, error) {
			edit(&p)
			return p, nil
		})
		if err != nil {
			tb.Fatal(err)
		}
		token := c.issuer.Sign(c.issuer.ExchangedClaims(t, "u1", tenant.Editor).Set("sf", authpolicy.ByCode().String()))
		return func() error {
			_, err := s.auth.Bearer(tb.Context(), tenant.SelectID(t.ID), token)
			return err
		}
	}
	required = side("acme", func(p *authpolicy.Policy) { p.SecondFactor = p.SecondFactor.Require(0, time.Now().Add(-time.Hour)) })
	free = side("globex", func(*authpolicy.Policy) {})
	s.run(tb)
	return required, free
}

// BenchmarkGoals is this package's part of `make bench`: what it costs a bearer that its tenant
// requires a second factor.
func BenchmarkGoals(b *testing.B) {
	n, calls := 15, 20_000
	if testing.Short() {
		n, calls = 9, 5_000
	}
	required, free := bearers(b)
	all, err := rounds.Paired(n, rounds.Calls(calls, free), rounds.Calls(calls, required))
	if err != nil {
		b.Fatal(err)
	}
	row := rounds.Compared("10", "a bearer where a second factor is required", "one where none is", all[0])
	ratio, _ := all[0].Ratio(rounds.PerOp)
	row.AtMost("ratio", ratio.Median, 1.05)
	if err := rounds.Emit(row); err != nil {
		b.Fatal(err)
	}
}

// TestRequiredFactorDoesNotAllocate: it costs a bearer no allocation that its tenant requires a
// second factor. Under the race detector a sync.Pool drops what it is given at random, so the mean
// of many calls counts, and less than half an allocation a call is none.
func TestRequiredFactorDoesNotAllocate(t *testing.T) {
	required, free := bearers(t)
	const turns, calls = 10, 800
	turn := func(f func() error) float64 {
		return testing.AllocsPerRun(1, func() {
			for range calls {
				if err := f(); err != nil {
					t.Fatal(err)
				}
			}
		}) / calls / turns
	}
	with, without := 0.0, 0.0
	for range turns { // in turns: what runs beside it is counted on both sides
		with, without = with+turn(required), without+turn(free)
	}
	if with-without >= 0.5 {
		t.Errorf("a bearer costs %v allocations where a second factor is required, and %v where none is", with, without)
	}
}
