package vending_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

// TestNeighbours: what is slow, silent or full at one tenant is nothing to the others.
func TestNeighbours(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	initech := w.Onboard(t, "initech", tenant.US)
	t.Run("slow databases", func(t *testing.T) { slowDatabases(t, w, initech) })
	t.Run("slow buckets", func(t *testing.T) { slowBuckets(t, w) })
	t.Run("a silent vault", func(t *testing.T) { silentVault(t, w, initech) })
	t.Run("a request that is given up", func(t *testing.T) { givenUp(t, w, initech) })
}

// Two tenants whose databases do not answer, each with as many requests as it may have at the door,
// leave a third tenant's requests alone.
func slowDatabases(t *testing.T, w *vendingtest.World, initech vendingtest.Tenant) {
	ctx, cancel := context.WithCancel(t.Context())
	var slow sync.WaitGroup
	defer slow.Wait()
	defer cancel()
	var faults []*fault.Fault
	for _, of := range []vendingtest.Tenant{w.Acme, w.Globex} {
		f := w.Cloud.Faults().Add(fault.Rule{Account: of.ServiceAccount, Delay: time.Hour})
		defer f.Remove()
		faults = append(faults, f)
		g := w.Grant(t, of.Editor)
		for range 100 {
			slow.Go(func() {
				if _, err := g.Database().Collection("notes").Doc("n").Get(ctx); ctx.Err() == nil {
					t.Errorf("a call that should be slow ended: %v", err)
				}
			})
		}
	}
	for _, f := range faults {
		within(t, func() bool { return f.Hits() == 50 }, "50 calls of a slow tenant are under way")
	}
	g := w.Grant(t, initech.Editor)
	wantAll(t, "beside two slow tenants", ctx, g, nil)
	for _, f := range faults {
		if n := f.Hits(); n != 50 {
			t.Errorf("a tenant has %d calls under way, want 50", n)
		}
	}
}

func slowBuckets(t *testing.T, w *vendingtest.World) {
	ctx, cancel := context.WithCancel(t.Context())
	var slow sync.WaitGroup
	defer slow.Wait()
	defer cancel()
	f := w.Cloud.Faults().Add(fault.Rule{Account: w.Acme.ServiceAccount, Delay: time.Hour})
	defer f.Remove()
	g := w.Grant(t, w.Acme.Editor)
	for range 100 {
		slow.Go(func() { _, _ = g.Bucket().Object("o").Attrs(ctx) })
	}
	within(t, func() bool { return f.Hits() == 50 }, "50 requests of a slow tenant are under way")
	wantAll(t, "beside a slow bucket", ctx, w.Grant(t, w.Globex.Editor), nil)
	if n := f.Hits(); n != 50 {
		t.Errorf("a tenant has %d requests under way, want 50", n)
	}
}

// A region whose vault does not answer keeps no other region from being read again.
func silentVault(t *testing.T, w *vendingtest.World, initech vendingtest.Tenant) {
	ctx, cancel := context.WithCancel(t.Context())
	globex := w.Grant(t, w.Globex.Editor)
	var held []vending.Grant
	for _, of := range []vendingtest.Tenant{w.Acme, initech} {
		held = append(held, w.Grant(t, of.Editor))
	}
	silent := w.Cloud.Faults().Add(fault.Rule{Resource: "projects/_/buckets/" + w.Vaults[tenant.EU], Delay: time.Hour})
	defer silent.Remove()
	var waits []func()
	for pass := range 3 {
		putKey(t, w, w.Acme)
		putKey(t, w, initech)
		for _, g := range append(held, globex) { // a tenant that nobody uses is forgotten instead
			if _, err := w.Machine.Vend(ctx, g.Principal()); err != nil {
				t.Fatal(err)
			}
		}
		waits = append(waits, w.Machine.StartReread(ctx))
		within(t, func() bool { return silent.Hits() > 0 }, "the silent vault is asked")
		within(t, func() bool {
			return held[0].Generation() == int64(pass+2) && held[1].Generation() == int64(pass+2)
		}, "new keys of another region are found")
	}
	wantAll(t, "while its vault is silent", ctx, globex, nil)
	if n := silent.Hits(); n != 1 {
		t.Errorf("the silent vault was asked %d times, want 1: the first pass is not over", n)
	}
	cancel() // as Close does
	for _, wait := range waits {
		done := make(chan struct{})
		go func() { wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			t.Error("a pass goes on after it was stopped")
		}
	}
}

// A request that was given up while it looked for another key ends at once, and says nothing about
// the tenant's key.
func givenUp(t *testing.T, w *vendingtest.World, initech vendingtest.Tenant) {
	g := w.Grant(t, initech.Editor)
	deleteKeys(t, w, initech, "")
	silent := w.Cloud.Faults().Add(fault.Rule{Resource: "projects/_/buckets/" + w.Vaults[tenant.US], Delay: time.Hour})
	defer silent.Remove()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := g.Database().Collection("notes").Doc("n").Get(ctx)
		ended <- err
	}()
	within(t, func() bool { return silent.Hits() > 0 }, "the vault is asked for another key")
	cancel()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("a read with a dead key succeeded")
		}
	case <-time.After(5 * time.Second):
		t.Error("a request waits for the vault after it was given up")
	}
	if !w.Machine.Holds(initech.ID) {
		t.Error("the tenant was forgotten because a client went away")
	}
}

func TestUnavailable(t *testing.T) {
	for _, err := range []error{
		status.Error(codes.Unavailable, "x"), status.Error(codes.ResourceExhausted, "x"), status.Error(codes.Internal, "x"),
		status.Error(codes.Aborted, "x"), status.Error(codes.Unauthenticated, "x"), context.DeadlineExceeded,
		errors.Join(vending.ErrUnavailable, errors.New("x")), status.Error(codes.Canceled, "x"), context.Canceled,
	} {
		if !vending.Unavailable(err) {
			t.Errorf("%v is our trouble, or nobody's", err)
		}
	}
	for _, err := range []error{
		nil, errors.New("x"), status.Error(codes.NotFound, "x"), status.Error(codes.PermissionDenied, "x"), vending.ErrDenied,
		vending.ErrForeign, vending.ErrReadOnly, status.Error(codes.FailedPrecondition, "x"),
	} {
		if vending.Unavailable(err) {
			t.Errorf("%v does not pass", err)
		}
	}
}

// within waits until something is so, and fails the test if that takes too long.
func within(t *testing.T, so func() bool, what string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !so() {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20s: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}
