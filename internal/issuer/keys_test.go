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
