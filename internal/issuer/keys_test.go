package issuer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/outbound"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// token is an access token by the key that a world publishes at first, under kid, fresh by the
// clock.
func (w *world) token(kid string) string {
	return rs(with(w.atHeader(), "kid", kid), w.atClaims())
}

func (w *world) taken(t *testing.T, kid string) {
	t.Helper()
	if _, err := w.access(w.token(kid)); err != nil {
		t.Errorf("%s: %v", kid, err)
	}
	w.keys.Quiet()
}

func (w *world) notTaken(t *testing.T, kid string, want error) {
	t.Helper()
	if _, err := w.access(w.token(kid)); !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", kid, err, want)
	}
	w.keys.Quiet()
}

func (w *world) fetched(t *testing.T, want int) {
	t.Helper()
	if got := w.host.count("/a/keys"); got != want {
		t.Errorf("%d fetches, want %d", got, want)
	}
}

// TestKeysAreFetchedWhileUsed: every five minutes, without waiting if a use came shortly before,
// and never for nothing.
func TestKeysAreFetchedWhileUsed(t *testing.T) {
	w := newWorld(t)
	w.fetched(t, 0)
	for range 10 {
		w.taken(t, "k1")
	}
	w.fetched(t, 1)
	w.pass(4*time.Minute - time.Second)
	w.taken(t, "k1")
	w.fetched(t, 1)
	w.pass(time.Second)
	w.taken(t, "k1") // from memory, while the next is fetched
	w.fetched(t, 2)
	w.pass(50 * time.Minute)
	w.fetched(t, 2) // nobody asked
	w.taken(t, "k1")
	w.fetched(t, 3)
}

// TestWithdrawnKey: dead five minutes after it was withdrawn, however long nobody asked.
func TestWithdrawnKey(t *testing.T) {
	w := newWorld(t)
	w.taken(t, "k1")
	w.host.publish("/a/keys", set(jwk(t, &rsaKeys[1]().PublicKey, "k2")))
	w.pass(5*time.Minute - time.Second)
	w.taken(t, "k1") // the last one, which has the set fetched
	w.notTaken(t, "k1", tenant.ErrUnauthenticated)

	w = newWorld(t)
	w.taken(t, "k1")
	w.host.publish("/a/keys", set(jwk(t, &rsaKeys[1]().PublicKey, "k2")))
	w.pass(5 * time.Minute)
	w.notTaken(t, "k1", tenant.ErrUnauthenticated)
	w.fetched(t, 2)
}

// TestStaleKeys: while fetching fails, good keys serve for a day and then no longer.
func TestStaleKeys(t *testing.T) {
	w := newWorld(t)
	w.taken(t, "k1")
	began := w.Now()
	w.host.fail("/a/keys", true)
	for w.Now().Sub(began) < 24*time.Hour-10*time.Minute {
		w.pass(10 * time.Minute)
		w.taken(t, "k1")
	}
	w.pass(10*time.Minute - time.Second)
	w.taken(t, "k1")
	h, ok := w.keys.Health(w.expect.Tenant, w.expect.Issuer)
	if !ok || !h.Stale || h.Age != 24*time.Hour-time.Second || h.Keys != 1 || len(h.Fetches) != 3 || h.Fetches[0].OK {
		t.Errorf("health: %+v", h)
	}
	w.pass(time.Second)
	w.notTaken(t, "k1", tenant.ErrUnavailable)
	if h, _ := w.keys.Health(w.expect.Tenant, w.expect.Issuer); h.Keys != 0 {
		t.Errorf("health: %+v", h)
	}
	w.host.fail("/a/keys", false)
	w.pass(time.Minute)
	w.taken(t, "k1")
}

// TestStaleKeysOnlyWhileFetchingFails: what failed long ago does not let an old key serve unasked.
func TestStaleKeysOnlyWhileFetchingFails(t *testing.T) {
	w := newWorld(t)
	w.taken(t, "k1")
	w.host.fail("/a/keys", true)
	w.pass(6 * time.Minute)
	w.taken(t, "k1")
	w.host.fail("/a/keys", false)
	w.host.publish("/a/keys", set(jwk(t, &rsaKeys[1]().PublicKey, "k2")))
	w.pass(50 * time.Minute)
	w.notTaken(t, "k1", tenant.ErrUnauthenticated)
}

// TestErrorsNeverReplaceKeys: whatever comes in place of a set.
func TestErrorsNeverReplaceKeys(t *testing.T) {
	for name, body := range map[string]string{
		"no JSON": "<html>", "no keys": `{"keys":[]}`, "null": `null`, "another object": `{"error":"x"}`, "cut off": `{"keys":[{`,
		"keys twice": `{"keys":[],"keys":[]}`, "only a secret": `{"keys":[{"kty":"oct","kid":"k1","k":"AAAA"}]}`,
		"large":         set(jwk(t, &rsaKeys[0]().PublicKey, "k1")) + strings.Repeat(" ", 256<<10),
		"too many keys": tooMany(t),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.taken(t, "k1")
			w.host.publish("/a/keys", body)
			w.pass(6 * time.Minute)
			w.taken(t, "k1")
			w.fetched(t, 2)
			h, _ := w.keys.Health(w.expect.Tenant, w.expect.Issuer)
			if len(h.Fetches) != 2 || h.Fetches[0].OK || len(h.Fetches[0].Outcome) < 30 || !h.Stale {
				t.Errorf("%+v", h)
			}
		})
	}
}

func tooMany(t *testing.T) string {
	var all []map[string]any
	for i := range 101 {
		all = append(all, jwk(t, &ecKey().PublicKey, fmt.Sprint("k", i)))
	}
	return set(all...)
}

// TestAttemptsAreLimited: an issuer that is down is asked ever more rarely, whoever asks.
func TestAttemptsAreLimited(t *testing.T) {
	w := newWorld(t)
	w.host.fail("/a/keys", true)
	var at []int
	began, seen := w.Now(), 0
	for range 200 {
		w.notTaken(t, "k1", tenant.ErrUnavailable)
		w.notTaken(t, "other", tenant.ErrUnavailable)
		if n := w.host.count("/a/keys"); n != seen {
			at, seen = append(at, int(w.Now().Sub(began)/time.Second)), n
		}
		w.pass(time.Second)
	}
	if diff := cmp.Diff([]int{0, 5, 15, 35, 75, 135, 195}, at); diff != "" {
		t.Errorf("seconds of the attempts (-want +got):\n%s", diff)
	}
	w.host.fail("/a/keys", false)
	w.pass(time.Minute)
	w.taken(t, "k1")
}

// TestUnknownKeyIDs: ten thousand of them cost one fetch in 30 s, and users of known keys nothing.
func TestUnknownKeyIDs(t *testing.T) {
	w := newWorld(t)
	w.taken(t, "k1")
	header := w.atHeader()
	claims := segment(w.atClaims())
	for i := range 10_000 {
		raw := segment(with(header, "kid", fmt.Sprint("x", i))) + "." + claims + ".AAAA"
		if _, err := w.access(raw); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Fatal(err)
		}
	}
	w.fetched(t, 1) // the first was 0 s ago
	w.taken(t, "k1")
	w.pass(29 * time.Second)
	w.notTaken(t, "x", tenant.ErrUnauthenticated)
	w.fetched(t, 1)
	w.pass(time.Second)
	w.notTaken(t, "x", tenant.ErrUnauthenticated)
	w.notTaken(t, "y", tenant.ErrUnauthenticated)
	w.fetched(t, 2)
	if all, _ := w.keys.Count(w.expect.Tenant); all != 1 {
		t.Errorf("%d sets", all)
	}
	// A new key is found by its first token.
	w.host.publish("/a/keys", set(jwk(t, &rsaKeys[0]().PublicKey, "k1"), jwk(t, &rsaKeys[0]().PublicKey, "k2")))
	w.pass(30 * time.Second)
	w.taken(t, "k2")
	w.fetched(t, 3)
	// While fetching fails, nobody can say whether there is such a key.
	w.host.fail("/a/keys", true)
	w.pass(30 * time.Second)
	w.notTaken(t, "k3", tenant.ErrUnavailable)
	w.taken(t, "k1")
	w.fetched(t, 4)
}

// TestBadSignatureFetchesNothing, by a known key, at any age of the set.
func TestBadSignatureFetchesNothing(t *testing.T) {
	w := newWorld(t)
	w.taken(t, "k1")
	w.pass(time.Minute)
	bad := segment(w.atHeader()) + "." + segment(w.atClaims()) + ".AAAA"
	for range 100 {
		_, err := w.access(bad)
		refused(t, err, issuer.StepSignature, bad)
	}
	w.fetched(t, 1)
}

// TestConcurrentFetchesAreJoined: many wait for one, and who gives up costs the others nothing.
func TestConcurrentFetchesAreJoined(t *testing.T) {
	w := newWorld(t)
	release := w.host.hold("/a/keys")
	raw := w.token("k1")
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error)
	go func() {
		_, err := w.keys.VerifyAccessToken(ctx, w.expect, raw)
		gaveUp <- err
	}()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := w.access(raw); err != nil {
				t.Error(err)
			}
		})
	}
	cancel()
	if err := <-gaveUp; !errors.Is(err, tenant.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("gave up: %v", err)
	}
	release()
	all.Wait()
	w.fetched(t, 1)
}

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

func TestHealth(t *testing.T) {
	w := newWorld(t)
	if _, ok := w.keys.Health(w.expect.Tenant, w.expect.Issuer); ok {
		t.Error("health before any use")
	}
	first := w.Now()
	w.taken(t, "k1")
	w.host.publish("/a/keys", set(jwk(t, &rsaKeys[0]().PublicKey, "k1"), map[string]any{"kty": "oct", "k": "AAAA"}))
	w.pass(time.Minute)
	w.notTaken(t, "x", tenant.ErrUnauthenticated)
	w.host.fail("/a/keys", true)
	w.pass(5 * time.Minute)
	w.taken(t, "k1")
	w.pass(2 * time.Second)
	want := issuer.Health{
		JWKS: w.expect.JWKS, Keys: 1, Age: 5*time.Minute + 2*time.Second, Stale: true, Next: first.Add(6*time.Minute + 5*time.Second),
		Fetches: []issuer.Fetch{
			{At: first.Add(6 * time.Minute), Outcome: "The server answered with status 500; check the address."},
			{At: first.Add(time.Minute), OK: true, Outcome: "The keys were fetched.", Keys: 1, Skipped: 1},
			{At: first, OK: true, Outcome: "The keys were fetched.", Keys: 1},
		},
	}
	got, _ := w.keys.Health(w.expect.Tenant, w.expect.Issuer)
	if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(0)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, ok := w.keys.Health(tenant.NewID(), w.expect.Issuer); ok {
		t.Error("another tenant sees it")
	}
}

func TestNewKeysRefusesNonsense(t *testing.T) {
	w := newWorld(t)
	for _, cfg := range []issuer.KeysConfig{{}, {Client: w.host.client(t), PerTenant: -1}, {Client: w.host.client(t), Total: -1}} {
		if _, err := issuer.NewKeys(cfg); !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}
