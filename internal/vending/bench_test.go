package vending_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// What a vend costs. MapRead is what the warm vends are to be compared with: one read of a map of
// ten thousand.

const manyTenants = 10_000

func BenchmarkMapRead(b *testing.B) {
	m := make(map[tenant.ID]*int)
	var ids []tenant.ID
	for range manyTenants {
		id := tenant.NewID()
		m[id] = new(int)
		ids = append(ids, id)
	}
	n := 0
	for b.Loop() {
		if m[ids[n*7919%manyTenants]] == nil {
			b.Fatal("lost")
		}
		n++
	}
}

func BenchmarkWarmVend(b *testing.B) {
	w := vendingtest.TwoTenants(b)
	people := []tenancy.Principal{w.Principal(b, w.Acme.Admin), w.Principal(b, w.Globex.Admin)}
	w.Machine.Crowd(manyTenants)
	ctx := context.Background()
	for _, p := range people {
		if _, err := w.Machine.Vend(ctx, p); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("Vend", func(b *testing.B) {
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			if _, err := w.Machine.Vend(ctx, people[n&1]); err != nil {
				b.Fatal(err)
			}
			n++
		}
	})
	b.Run("Check", func(b *testing.B) { // the part of it that is tenancy's
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			if err := people[n&1].Check(ctx); err != nil {
				b.Fatal(err)
			}
			n++
		}
	})
	b.Run("Parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for n := 0; pb.Next(); n++ {
				if _, err := w.Machine.Vend(ctx, people[n&1]); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
	b.Run("Crowd", func(b *testing.B) { // each time another tenant: what caches of the processor cannot hide
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			w.Machine.VendToCrowd(n * 7919 % manyTenants)
			n++
		}
	})
}

// BenchmarkColdVend reads the vault and parses the key; Sign and Read are what that cannot do
// without.
func BenchmarkColdVend(b *testing.B) {
	w := vendingtest.TwoTenants(b)
	p := w.Principal(b, w.Acme.Admin)
	ctx := context.Background()
	b.Run("Vend", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.Machine.ForgetAll()
			if _, err := w.Machine.Vend(ctx, p); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("VendAndSign", func(b *testing.B) {
		for b.Loop() {
			w.Machine.ForgetAll()
			g, err := w.Machine.Vend(ctx, p)
			if err != nil {
				b.Fatal(err)
			}
			g.Sign(b)
		}
	})
	g := w.Grant(b, w.Acme.Admin)
	b.Run("Sign", func(b *testing.B) {
		for b.Loop() {
			g.SignAgain(b)
		}
	})
	b.Run("Read", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := w.Vault.Get(ctx, w.Acme.ID, w.Acme.Region); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkMemory reports what one more active tenant costs an instance: bytes, goroutines and
// connections.
func BenchmarkMemory(b *testing.B) {
	w := vendingtest.Start(b)
	for _, n := range []int{1000, 4000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				m := w.NewMachine(b, vending.MachineConfig{})
				goroutines, before := runtime.NumGoroutine(), heap()
				m.Fill(b, w.Endpoints.Token, n, goodPEM)
				b.ReportMetric(float64(heap()-before)/float64(n), "B/tenant")
				b.ReportMetric(float64(runtime.NumGoroutine()-goroutines)/float64(n), "goroutines/tenant")
				runtime.KeepAlive(m)
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}
