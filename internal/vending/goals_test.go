package vending_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/metadata"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
	"github.com/bulkhead-saas/bulkhead/guard"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// BenchmarkGoals is this package's part of `make bench`: what a vend costs, what a tenant costs,
// and that nobody is ever given another's.
func BenchmarkGoals(b *testing.B) {
	w := vendingtest.TwoTenants(b)
	goalGuard(b)
	goalColdVend(b, w)
	c := newCrowd(b, w, crowdSize)
	goalWarmVend(b, c)
	goalBinding(b, c)
	goalMemory(b, w)
}

// size is n, or quick if the run is to be short.
func size(n, quick int) int {
	if testing.Short() {
		return quick
	}
	return n
}

// goalWarmVend vends from a machine that is full: to two callers in turn, which shows what a vend
// does, and to a thousand, which shows what the caches of the processor no longer hold. The peer
// reads as many entries of a plain map as large.
func goalWarmVend(b *testing.B, c *crowd) {
	m := c.machine(b, manyTenants)
	plain := make(map[tenant.ID]*int, manyTenants)
	for _, p := range c.people {
		if _, err := m.Vend(b.Context(), p); err != nil {
			b.Fatal(err)
		}
		plain[p.Tenant()] = new(int)
	}
	m.Crowd(manyTenants)
	for len(plain) < manyTenants {
		plain[tenant.NewID()] = new(int)
	}
	errLost := errors.New("lost")
	for _, among := range []int{2, len(c.people)} {
		people := c.people[:among]
		i, j := 0, 0
		next := func(i *int) tenancy.Principal { *i++; return people[*i*619%among] }
		read := rounds.Calls(size(200_000, 50_000), func() error {
			if plain[next(&i).Tenant()] == nil {
				return errLost
			}
			return nil
		})
		vend := rounds.Calls(size(200_000, 50_000), func() error { _, err := m.Vend(b.Context(), next(&j)); return err })
		s := paired(b, size(15, 9), read, vend)[0]
		what := fmt.Sprintf("warm vend, %d tenants, %d callers in turn", m.Warm(), among)
		row := rounds.Compared("2", what, "one read of a map as large", s)
		ratio, _ := s.Ratio(rounds.PerOp)
		row.AtMost("ratio", ratio.Median, 2.5)
		row.AtMost("allocs", s.Allocs(), 0)
		row.Why = "A vend is two look-ups, and asks whether the caller stands; the second look-up compares who the caller is"
		if among > 2 {
			row.Why = "Each look-up of a caller of long ago waits for memory, and a vend has more of them than a map"
		}
		emit(b, row)
	}
}

// goalGuard is what the guard adds to a request: its message and its metadata are read.
func goalGuard(b *testing.B) {
	const own = "projects/p/databases/tn-own0000000"
	scope := guard.Scope{Project: "p", Database: "tn-own0000000", All: guard.Read | guard.Write}
	silo, err := guard.New(scope)
	if err != nil {
		b.Fatal(err)
	}
	ctx := metadata.NewOutgoingContext(context.Background(), metadata.Pairs(
		"google-cloud-resource-prefix", own, "x-goog-is-transaction", "false", "x-goog-api-client", "gl-go/1.26",
		"x-goog-request-params", "project_id=p&database_id=tn-own0000000",
		"x-goog-request-params", "database=projects%2Fp%2Fdatabases%2Ftn-own0000000"))
	get := &fs.BatchGetDocumentsRequest{Database: own, Documents: []string{own + "/documents/users/u1"}}
	look := rounds.Calls(size(20_000, 5000), func() error {
		return errors.Join(silo.Firestore("/google.firestore.v1.Firestore/BatchGetDocuments", get, nil), silo.Metadata(ctx))
	})
	s := paired(b, size(15, 9), look, look)[0]
	row := rounds.Compared("2", "the guard, one Firestore read", "itself", s)
	row.AtMost("us", s.Ours(rounds.PerOp)/1e3, 1)
	emit(b, row)
}

// goalColdVend begins at the vault and ends with a signed token; the peer reads the object, and
// signs.
func goalColdVend(b *testing.B, w *vendingtest.World) {
	ctx := b.Context()
	p, known := w.Principal(b, w.Acme.Admin), w.Grant(b, w.Acme.Admin)
	turn := size(40, 20)
	cold := rounds.Calls(turn, func() error {
		w.Machine.ForgetAll()
		g, err := w.Machine.Vend(ctx, p)
		if err == nil {
			g.Sign(b)
		}
		return err
	})
	bare := rounds.Calls(turn, func() error {
		_, _, err := w.Vault.Get(ctx, w.Acme.ID, w.Acme.Region)
		known.SignAgain(b)
		return err
	})
	s := paired(b, size(15, 9), bare, cold)[0]
	row := rounds.Compared("3", "cold vend, its token signed", "one object read, one RSA sign", s)
	ratio, _ := s.Ratio(rounds.PerOp)
	row.AtMost("ratio", ratio.Median, 1.6)
	emit(b, row)

	m := w.NewMachine(b, vending.MachineConfig{})
	began := time.Now()
	start := make(chan struct{})
	var all sync.WaitGroup
	for range 1000 {
		all.Go(func() {
			<-start
			if _, err := m.Vend(ctx, p); err != nil {
				b.Error(err)
			}
		})
	}
	close(start)
	all.Wait()
	reads, tokens := 0, 0
	for _, d := range w.Asked(began) {
		switch {
		case d.Permission == "storage.objects.get":
			reads++
		case strings.Contains(d.Resource, "token"):
			tokens++
		}
	}
	row = rounds.Row{Goal: "3", What: "1,000 at once, one cold tenant", Ours: fmt.Sprintf("%d read, %d tokens asked for", reads, tokens)}
	row.AtMost("reads", float64(reads), 1)
	row.AtMost("tokens", float64(tokens), 0)
	emit(b, row)
}

func paired(b *testing.B, n int, peer rounds.Side, others ...rounds.Side) []rounds.Series {
	b.Helper()
	all, err := rounds.Paired(n, peer, others...)
	if err != nil {
		b.Fatal(err)
	}
	return all
}

func emit(b *testing.B, r rounds.Row) {
	b.Helper()
	if err := rounds.Emit(r); err != nil {
		b.Fatal(err)
	}
}
