package issuer_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/outbound"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// TestDeadIssuerLeavesOthersAlone: 30 tenants' issuers answer nothing, among them one more of our
// own. Neither our warm issuer nor a new one waits for them.
func TestDeadIssuerLeavesOthersAlone(t *testing.T) {
	w := newWorld(t)
	dead := newHost(t)
	c, err := outbound.New(outbound.Config{Exceptions: []string{w.host.URL, dead.URL}})
	if err != nil {
		t.Fatal(err)
	}
	w.keys = newKeys(t, w.host, w.clock, func(cfg *issuer.KeysConfig) { cfg.Client = c })
	w.taken(t, "k1")
	release := dead.hold("/keys")
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	e := w.expect
	e.Issuer, e.JWKS = dead.URL, dead.URL+"/keys"
	raw := rs(w.atHeader(), w.atClaims("iss", e.Issuer))
	for range 30 {
		other := e
		other.Tenant = tenant.NewID()
		all.Go(func() { _, _ = w.keys.VerifyAccessToken(ctx, other, raw) })
	}
	all.Go(func() { _, _ = w.keys.VerifyAccessToken(ctx, e, raw) })
	w.taken2(t, w.expect.Tenant)
	w.pass(5 * time.Minute)
	w.taken2(t, w.expect.Tenant) // waits for its own fetch
	w.taken2(t, tenant.NewID())
	if h, ok := w.keys.Health(e.Tenant, e.Issuer); ok && len(h.Fetches) != 0 {
		t.Errorf("the dead issuer's fetch ended before ours: %+v", h)
	}
	w.fetched(t, 3)
}

// taken2 is taken, for a tenant, without waiting until no fetch runs.
func (w *world) taken2(t *testing.T, id tenant.ID) {
	t.Helper()
	if _, err := w.access(w.token("k1"), func(e *issuer.Expect) { e.Tenant = id }); err != nil {
		t.Error(err)
	}
}

// TestRealmsOfOneHost: two issuers that differ in path alone, with one kid in both sets, of one
// tenant and of two. Neither's key verifies the other's tokens.
func TestRealmsOfOneHost(t *testing.T) {
	w := newWorld(t)
	w.host.publish("/b/keys", set(jwk(t, &rsaKeys[1]().PublicKey, "k1")))
	one, two := w.expect, w.expect
	two.Issuer, two.JWKS = w.host.URL+"/b", w.host.URL+"/b/keys"
	other := two
	other.Tenant, other.Audience = tenant.NewID(), "api-2"
	byOne := func(iss, aud string) string { return rs(w.atHeader(), w.atClaims("iss", iss, "aud", aud)) }
	for range 2 { // cold and warm
		for name, tc := range map[string]struct {
			e    issuer.Expect
			raw  string
			step issuer.Step
		}{
			"its own":                              {one, byOne(one.Issuer, "api-1"), ""},
			"(I1,A1) at (I2,A1)":                   {two, byOne(one.Issuer, "api-1"), issuer.StepIssuer},
			"(I1,A1) at another tenant's (I2,A2)":  {other, byOne(one.Issuer, "api-1"), issuer.StepIssuer},
			"A2 of I1":                             {one, byOne(one.Issuer, "api-2"), issuer.StepAudience},
			"I1's key in the name of I2":           {two, byOne(two.Issuer, "api-1"), issuer.StepSignature},
			"I1's key in the name of I2, at other": {other, byOne(other.Issuer, "api-2"), issuer.StepSignature},
			"I2's name at I1":                      {one, byOne(two.Issuer, "api-1"), issuer.StepIssuer},
		} {
			_, err := w.keys.VerifyAccessToken(t.Context(), tc.e, tc.raw)
			if tc.step == "" {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			t.Run(name, func(t *testing.T) { refused(t, err, tc.step, tc.raw) })
		}
	}
	// The same issuer in two tenants' settings: each has a set of its own.
	mine := one
	mine.Tenant = tenant.NewID()
	before := w.host.count("/a/keys")
	if _, err := w.keys.VerifyAccessToken(t.Context(), mine, byOne(one.Issuer, "api-1")); err != nil {
		t.Error(err)
	}
	if n := w.host.count("/a/keys"); n != before+1 {
		t.Errorf("%d fetches for the second tenant, want 1", n-before)
	}
}

// TestMemoryIsBounded: an hour unused, and a tenant's own share.
func TestMemoryIsBounded(t *testing.T) {
	w := newWorld(t)
	w.keys = newKeys(t, w.host, w.clock, func(c *issuer.KeysConfig) { c.PerTenant, c.Total = 3, 5 })
	quiet, greedy, late := w.expect.Tenant, tenant.NewID(), tenant.NewID()
	use := func(id tenant.ID, n int) {
		t.Helper()
		path := fmt.Sprintf("/i%d/keys", n)
		w.host.publish(path, set(jwk(t, &rsaKeys[0]().PublicKey, "k1")))
		e := w.expect
		e.Tenant, e.Issuer, e.JWKS = id, fmt.Sprintf("%s/i%d", w.host.URL, n), w.host.URL+path
		if _, err := w.keys.VerifyAccessToken(t.Context(), e, rs(w.atHeader(), w.atClaims("iss", e.Issuer))); err != nil {
			t.Error(err)
		}
	}
	holds := func(id tenant.ID, all, own int) {
		t.Helper()
		if a, o := w.keys.Count(id); a != all || o != own {
			t.Errorf("%d sets, %d of the tenant's; want %d, %d", a, o, all, own)
		}
	}
	use(quiet, 1)
	use(quiet, 2)
	for n := range 10 {
		w.pass(time.Second)
		use(greedy, n)
	}
	holds(quiet, 5, 2)
	holds(greedy, 5, 3)
	before := w.host.count("/i1/keys")
	use(quiet, 1)
	if n := w.host.count("/i1/keys"); n != before {
		t.Error("the quiet tenant's set is gone")
	}
	use(late, 1) // no place is left: the one with the most gives one up
	holds(late, 5, 1)
	holds(quiet, 5, 2)
	holds(greedy, 5, 2)

	w.pass(time.Hour)
	use(quiet, 1)
	w.pass(time.Minute)
	use(quiet, 1)
	holds(quiet, 1, 1)
	if _, ok := w.keys.Health(greedy, w.host.URL+"/i9"); ok {
		t.Error("health of a set that is gone")
	}
}

// TestOwnShare: within its share a tenant loses what it has not used for longest.
func TestOwnShare(t *testing.T) {
	w := newWorld(t)
	w.keys = newKeys(t, w.host, w.clock, func(c *issuer.KeysConfig) { c.PerTenant = 2 })
	use := func(path string) {
		t.Helper()
		w.host.publish(path, set(jwk(t, &rsaKeys[0]().PublicKey, "k1")))
		w.pass(time.Second)
		_, err := w.access(w.token("k1"), func(e *issuer.Expect) { e.JWKS = w.host.URL + path })
		if err != nil {
			t.Error(err)
		}
	}
	for _, path := range []string{"/1", "/2", "/1", "/3", "/1"} {
		use(path)
	}
	if _, own := w.keys.Count(w.expect.Tenant); own != 2 || w.host.count("/1") != 1 {
		t.Errorf("%d sets, and the one in use was fetched %d times", own, w.host.count("/1"))
	}
}

// TestSetsAreOfTenantIssuerAndAddress: none of the three alone finds a set.
func TestSetsAreOfTenantIssuerAndAddress(t *testing.T) {
	w := newWorld(t)
	w.taken(t, "k1")
	w.host.publish("/moved", set(jwk(t, &rsaKeys[1]().PublicKey, "k1")))
	moved := func(e *issuer.Expect) { e.JWKS = w.host.URL + "/moved" }
	raw := w.token("k1")
	_, err := w.access(raw, moved)
	refused(t, err, issuer.StepSignature, raw)
	other := w.host.URL + "/other"
	if _, err := w.access(rs(w.atHeader(), w.atClaims("iss", other)), func(e *issuer.Expect) { e.Issuer = other }); err != nil {
		t.Error(err)
	}
	w.fetched(t, 2)
	if all, _ := w.keys.Count(w.expect.Tenant); all != 3 {
		t.Errorf("%d sets, want 3", all)
	}
}
