package issuer_test

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/outbound"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// BenchmarkGoals is this package's part of `make bench`: what a tenant's own bearer costs beside
// golang-jwt alone, what a tenant's issuer costs in memory, and what others feel of one that is
// gone.
func BenchmarkGoals(b *testing.B) {
	n, few, many, issuers := 15, 200, 10_000, 10_000
	if testing.Short() {
		n, few, many, issuers = 9, 50, 2000, 1000
	}
	w := newWorld(b)
	raw := w.token("k1")
	public := &rsaKeys[0]().PublicKey
	library := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(w.Now))
	verify := func() error { _, err := w.access(raw); return err }
	parse := func() error {
		_, err := library.ParseWithClaims(raw, new(jwt.RegisteredClaims), func(*jwt.Token) (any, error) { return public, nil })
		return err
	}
	all, err := rounds.Paired(n, rounds.Calls(few, parse), rounds.Calls(few, verify))
	if err != nil {
		b.Fatal(err)
	}
	emit(b, rounds.Compared("10", "tenant's own bearer, keys warm", "golang-jwt alone", all[0]))

	quiet, noisy := w.slow(many, verify), w.besideGone(b, many, verify)
	if all, err = rounds.Paired(n, quiet, noisy); err != nil {
		b.Fatal(err)
	}
	row := rounds.Compared("10", "p99 beside an issuer that is gone", "without it", all[0])
	ratio, control := all[0].Ratio(rounds.Slow)
	row.Ratio, row.AA = ratio.String(), control.String()
	row.CPU, row.Allocs = "", ""
	row.Ours = fmt.Sprint(time.Duration(all[0].Ours(rounds.Slow)))
	row.Theirs = fmt.Sprint(time.Duration(all[0].Peer(rounds.Slow)))
	row.AtMost("ratio", ratio.Median, 1.1)
	emit(b, row)

	size := w.memory(b, issuers)
	emit(b, rounds.Row{Goal: "10", What: fmt.Sprintf("memory of a tenant's issuer, of %d", issuers), Ours: fmt.Sprintf("%d bytes", size)})
}

func emit(b *testing.B, r rounds.Row) {
	b.Helper()
	if err := rounds.Emit(r); err != nil {
		b.Fatal(err)
	}
}

// slow is a side that measures the 99th percentile of n calls.
func (w *world) slow(n int, f func() error) rounds.Side {
	return func() (rounds.Cost, error) {
		took := make([]time.Duration, n)
		began := time.Now()
		for i := range took {
			at := time.Now()
			if err := f(); err != nil {
				return rounds.Cost{}, err
			}
			took[i] = time.Since(at)
		}
		cost := rounds.Cost{Ops: n, Wall: time.Since(began)}
		slices.Sort(took)
		cost.P99 = took[n*99/100]
		return cost, nil
	}
}

// besideGone is slow while a tenant with an issuer that answers nothing is asked 200 times a
// second.
func (w *world) besideGone(b *testing.B, n int, f func() error) rounds.Side {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and says nothing
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { silent.Close() })
	gone := "http://" + silent.Addr().String()
	client, err := outbound.New(outbound.Config{Exceptions: []string{w.host.URL, gone}})
	if err != nil {
		b.Fatal(err)
	}
	w.keys = newKeys(b, w.host, w.clock, func(c *issuer.KeysConfig) { c.Client = client })
	e := w.expect
	e.Tenant, e.Issuer, e.JWKS = tenant.NewID(), gone, gone+"/keys"
	raw := rs(w.atHeader(), w.atClaims("iss", gone))
	measured := w.slow(n, f)
	return func() (rounds.Cost, error) {
		ctx, cancel := context.WithCancel(context.Background())
		var callers sync.WaitGroup
		defer callers.Wait()
		defer cancel()
		callers.Go(func() {
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			for ctx.Err() == nil {
				callers.Go(func() { _, _ = w.keys.VerifyAccessToken(ctx, e, raw) })
				<-tick.C
			}
		})
		return measured()
	}
}

// memory is what one of n tenants' issuers takes of the heap, with a set of two RSA keys.
func (w *world) memory(b *testing.B, n int) uint64 {
	w.host.publish("/m/keys", set(jwk(b, &rsaKeys[0]().PublicKey, "k1"), jwk(b, &rsaKeys[1]().PublicKey, "k2")))
	w.keys = newKeys(b, w.host, w.clock)
	e := w.expect
	raw := rs(w.atHeader(), w.atClaims("iss", w.host.URL+"/m"))
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for range n {
		e.Tenant = tenant.NewID()
		e.Issuer, e.JWKS = w.host.URL+"/m", fmt.Sprintf("%s/m/%s", w.host.URL, "keys")
		if _, err := w.keys.VerifyAccessToken(b.Context(), e, raw); err != nil {
			b.Fatal(err)
		}
	}
	after := heap()
	runtime.KeepAlive(w.keys)
	return (after - before) / uint64(n)
}
