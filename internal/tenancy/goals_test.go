package tenancy_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/outbound"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/localcloud/oidc"
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
// requires a second factor, and what a bearer of a tenant's own issuer costs beside one of ours.
func BenchmarkGoals(b *testing.B) {
	n, calls, fresh := 15, 20_000, 100
	if testing.Short() {
		n, calls, fresh = 9, 5_000, 50
	}
	emit := func(what, beside string, peer, ours rounds.Side, goals ...func(*rounds.Row, float64)) {
		all, err := rounds.Paired(n, peer, ours)
		if err != nil {
			b.Fatal(err)
		}
		row := rounds.Compared("10", what, beside, all[0])
		ratio, _ := all[0].Ratio(rounds.PerOp)
		for _, goal := range goals {
			goal(&row, ratio.Median)
		}
		if err := rounds.Emit(row); err != nil {
			b.Fatal(err)
		}
	}
	required, free := bearers(b)
	emit("a bearer where a second factor is required", "one where none is", rounds.Calls(calls, free), rounds.Calls(calls, required),
		func(r *rounds.Row, ratio float64) { r.AtMost("ratio", ratio, 1.05) })

	ours, theirs := newIssuers(b)
	same := func(of bearer) func() error { token := of.sign(); return func() error { return of.judge(token) } }
	emit("a tenant's own bearer, seen before", "one of ours, seen before", rounds.Calls(fresh, same(ours)), rounds.Calls(fresh, same(theirs)))
	each := func(of bearer) rounds.Side {
		return func() (rounds.Cost, error) {
			tokens := make([]string, fresh)
			for i := range tokens {
				tokens[i] = of.sign()
			}
			next := 0
			return rounds.Calls(fresh, func() error { next++; return of.judge(tokens[next-1]) })()
		}
	}
	emit("a tenant's own bearer, each the first time", "one of ours, the first time", each(ours), each(theirs))
}

// bearer makes bearers that are all different, and has one judged as a request does.
type bearer struct {
	sign  func() string
	judge func(token string) error
}

// newIssuers returns the bearers that we issue for one tenant, and those that another tenant's own
// issuer does.
func newIssuers(b *testing.B) (ours, theirs bearer) {
	b.Helper()
	c := newControl(b)
	realm, err := c.cloud.Providers().Add("acme-id", oidc.Config{Now: c.issuer.Now})
	if err != nil {
		b.Fatal(err)
	}
	client, err := outbound.New(outbound.Config{Exceptions: []string{origin(realm.Issuer())}})
	if err != nil {
		b.Fatal(err)
	}
	keys, err := issuer.NewKeys(issuer.KeysConfig{Client: client, Now: c.issuer.Now})
	if err != nil {
		b.Fatal(err)
	}
	s := c.serverWith(b, keys)
	a, g := s.onboard(b, "acme", tenant.EU), s.onboard(b, "globex", tenant.EU)
	_, err = s.policies.Change(b.Context(), a.ID, authpolicies.AnyVersion, func(p authpolicy.Policy) (authpolicy.Policy, error) {
		p.Issuers = []authpolicy.Issuer{{
			Name: "Builds", Issuer: realm.Issuer(), JWKS: realm.Issuer() + "/keys", Audience: "https://api.test", Algorithms: []string{"RS256"},
			Clients: []string{"builds"}, Scopes: map[string]tenant.Role{"files.write": tenant.Editor},
		}}
		return p, nil
	})
	if err != nil {
		b.Fatal(err)
	}
	s.run(b)
	judge := func(of tenant.Tenant) func(string) error {
		return func(token string) error {
			_, err := s.auth.Bearer(b.Context(), tenant.SelectID(of.ID), token)
			return err
		}
	}
	made := 0
	return bearer{func() string {
			made++
			return c.issuer.Sign(c.issuer.ExchangedClaims(g, fmt.Sprint("u", made), tenant.Editor))
		}, judge(g)}, bearer{func() string {
			token, err := realm.Mint(oidc.Minted{Client: "builds", Scope: "files.write", Claims: map[string]any{"aud": "https://api.test"}})
			if err != nil {
				b.Fatal(err)
			}
			return token
		}, judge(a)}
}

// origin is the scheme, host and port of an address.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
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
