package tenancy_test

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// TestRevokedAPIKeyInUse: 64 callers use a key on two processes while it is revoked on one. There,
// nothing that began after the revocation returned succeeds; on the other, nothing later than five
// seconds after; and never again on either.
func TestRevokedAPIKeyInUse(t *testing.T) {
	for _, pulse := range []bool{false, true} {
		t.Run(map[bool]string{false: "without a pulse", true: "with a pulse"}[pulse], func(t *testing.T) {
			w := newWorld(t)
			one, other := w.server, w.control.server(t)
			if pulse {
				one.run(t)
			}
			key, held := one.newKey(t, w.control, w.acme, editorKey())
			enter := func(s *server) (tenancy.Principal, error) {
				return s.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held)
			}

			var revoked, late, over atomic.Bool // on one; five seconds past, for the other; enough seen
			var entered [2]atomic.Int64
			var crowd sync.WaitGroup
			for i := range 64 {
				s, dead := one, &revoked
				if i%2 == 1 {
					s, dead = other, &late
				}
				kept, err := enter(s)
				if err != nil {
					t.Fatal(err)
				}
				crowd.Go(func() {
					for !over.Load() {
						is := dead.Load() // before asking: whoever began earlier may still be let in
						_, err := enter(s)
						inUse := kept.Check(t.Context())
						for what, err := range map[string]error{"at the door": err, "in use": inUse} {
							switch {
							case err == nil && is:
								t.Errorf("process %d, %s: let in after the revocation", i%2, what)
							case err == nil:
								entered[i%2].Add(1)
							case !errors.Is(err, tenant.ErrUnauthenticated):
								t.Errorf("process %d, %s: %v", i%2, what, err)
							}
						}
						runtime.Gosched() // or whoever revokes waits for their turn behind 64 loops
					}
				})
			}
			for entered[0].Load() < 100 || entered[1].Load() < 100 {
				time.Sleep(time.Millisecond) // the test's own deadline ends this
			}
			if _, err := one.auth.APIKeys().Revoke(t.Context(), one.admin(t, w.control, w.acme), key.ID); err != nil {
				t.Fatal(err)
			}
			revoked.Store(true)
			if p, err := enter(one); !errors.Is(err, tenant.ErrUnauthenticated) {
				t.Errorf("at once: %v, %v; want ErrUnauthenticated", p, err)
			}
			w.clock.advance(5 * time.Second)
			late.Store(true)
			for range 3 {
				for name, s := range map[string]*server{"one": one, "other": other, "late": w.control.server(t)} {
					if p, err := enter(s); !errors.Is(err, tenant.ErrUnauthenticated) {
						t.Errorf("%s: %v, %v; want ErrUnauthenticated", name, p, err)
					}
				}
				w.clock.advance(time.Second)
			}
			over.Store(true)
			crowd.Wait()

			// Neither revoking again nor another key of the same name brings it back.
			again, err := one.auth.APIKeys().Revoke(t.Context(), one.admin(t, w.control, w.acme), key.ID)
			if err != nil || again.Live(w.clock.now()) {
				t.Errorf("revoking again: %+v, %v", again, err)
			}
			one.newKey(t, w.control, w.acme, editorKey())
			if _, err := enter(one); !errors.Is(err, tenant.ErrUnauthenticated) {
				t.Errorf("made anew: %v", err)
			}
		})
	}
}

// TestOnlyASecondBehind: a process that has just read a key lets it in for a while after another
// revoked it, or the test above would prove nothing of the five seconds.
func TestOnlyASecondBehind(t *testing.T) {
	w := newWorld(t)
	other := w.control.server(t)
	key, held := w.newKey(t, w.control, w.acme, editorKey())
	if _, err := other.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held); err != nil {
		t.Fatal(err)
	}
	if _, err := w.auth.APIKeys().Revoke(t.Context(), w.admin(t, w.control, w.acme), key.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := other.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held); err != nil {
		t.Errorf("before it can have heard: %v", err)
	}
}

// TestRevokedTenantsAPIKeys: what ends a tenant's tokens ends its keys, for good, and no other
// tenant's.
func TestRevokedTenantsAPIKeys(t *testing.T) {
	w := newWorld(t)
	other := w.control.server(t)
	_, acmes := w.newKey(t, w.control, w.acme, editorKey())
	_, globexs := w.newKey(t, w.control, w.globex, editorKey())
	enter := func(s *server, of tenant.Tenant, held string) error {
		_, err := s.auth.Bearer(t.Context(), tenant.SelectID(of.ID), held)
		return err
	}
	kept, err := other.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), acmes)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.revocations.RevokeTenant(t.Context(), w.acme.ID); err != nil {
		t.Fatal(err)
	}
	if err := enter(w.server, w.acme, acmes); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("where it was revoked: %v", err)
	}
	other.poll(t)
	if err := errors.Join(enter(other, w.acme, acmes), kept.Check(t.Context())); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("elsewhere: %v", err)
	}
	w.clock.advance(2 * tenant.MaxSession) // longer than the feed remembers
	w.poll(t)
	other.poll(t)
	for name, s := range map[string]*server{"where it was revoked": w.server, "elsewhere": other, "late": w.control.server(t)} {
		if err := enter(s, w.acme, acmes); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("%s, two days on: %v", name, err)
		}
		if err := enter(s, w.globex, globexs); err != nil {
			t.Errorf("%s, globex's key: %v", name, err)
		}
	}
	_, fresh := w.newKey(t, w.control, w.acme, editorKey())
	if err := enter(w.server, w.acme, fresh); err != nil {
		t.Errorf("a key made afterwards: %v", err)
	}
}

// TestAPIKeyFallsWithItsTenant, and when nobody can say whether it was revoked.
func TestAPIKeyFallsWithItsTenant(t *testing.T) {
	w := newWorld(t)
	_, held := w.newKey(t, w.control, w.acme, editorKey())
	p, err := w.auth.Bearer(t.Context(), tenant.SelectID(w.acme.ID), held)
	if err != nil {
		t.Fatal(err)
	}
	heard := w.silence()
	w.clock.advance(31 * time.Second)
	if err := p.Check(t.Context()); !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("without a poll: %v, want ErrUnavailable", err)
	}
	heard()
	w.poll(t)
	if err := p.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := tenancytest.SetStatus(t.Context(), w.registry, w.acme.ID, tenant.Suspended); err != nil {
		t.Fatal(err)
	}
	if err := p.Check(t.Context()); !errors.Is(err, tenant.ErrTenantDenied) {
		t.Errorf("of a suspended tenant: %v, want ErrTenantDenied", err)
	}
}
