package vending_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/guard"
	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// service is the address that ticks are sent to.
const service = "https://worker.test"

// worker is what a worker process has, as the account worker@.
type worker struct {
	world   *vendingtest.World
	db      *firestore.Client
	store   *queue.Store
	auth    *tenancy.Authenticator
	ticks   *tenancy.PlatformCaller
	machine *vending.Machine
	ahead   time.Duration
}

func (k *worker) now() time.Time { return time.Now().Add(k.ahead) }

func newWorker(t *testing.T, w *vendingtest.World) *worker {
	t.Helper()
	own := w.Open(t, setup.Worker)
	k := &worker{world: w, db: own.Registry()}
	k.store = queue.New(k.db, k.now)
	verifier, err := tenancy.NewVerifier(tenancy.VerifierConfig{
		Project: vendingtest.Project, CertificateURL: tenancy.GoogleCertificates, HTTPClient: own.HTTP(),
	})
	fatal(t, err)
	// The feed is not run, so no verdict is repeated: each request asks again.
	feed := tenancy.NewRevocations(k.db, k.now)
	fatal(t, feed.Poll(t.Context()))
	k.auth = tenancy.NewAuthenticator(tenancy.Parts{
		Verifier: verifier, Registry: w.Registry, Revocations: feed, Database: k.db, Now: k.now,
	})
	k.ticks, err = tenancy.NewPlatformCaller(tenancy.PlatformCallerConfig{
		Account: setup.Tick.Email(vendingtest.Project), Audience: service,
		KeysURL: tenancy.GoogleKeys, HTTPClient: own.HTTP(), Now: k.now,
	})
	fatal(t, err)
	k.machine = w.NewMachine(t, vending.MachineConfig{Purposes: vending.Purposes{
		"inspect": {Collections: map[string]guard.Verbs{"uploads": guard.Read, "reports": guard.Read | guard.Append}},
		"archive": {Collections: map[string]guard.Verbs{"uploads": guard.Read}, Objects: guard.Read},
	}})
	return k
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// token is what Google signs for an account.
func (k *worker) token(t *testing.T, a setup.Account, audience string) string {
	t.Helper()
	token, err := k.world.Cloud.IAM().IDToken(a.Email(vendingtest.Project), audience)
	fatal(t, err)
	return token
}

func (k *worker) tick(t *testing.T) tenancy.PlatformCall {
	t.Helper()
	tick, err := k.ticks.Verify(t.Context(), k.token(t, setup.Tick, service))
	fatal(t, err)
	return tick
}

// lease stores an intent and leases it for a minute.
func (k *worker) lease(t *testing.T, id, kind string, of tenant.ID) queue.Lease {
	t.Helper()
	fatal(t, k.db.RunTransaction(t.Context(), func(_ context.Context, tx *firestore.Transaction) error {
		return k.store.Add(tx, queue.Intent{ID: id, Kind: kind, Tenant: of, Due: k.now().Add(-time.Second)})
	}))
	for j, err := range k.store.Takable(t.Context()) {
		fatal(t, err)
		if j.ID != id {
			continue
		}
		lease, err := k.store.Take(t.Context(), j, "test", time.Minute)
		fatal(t, err)
		return lease
	}
	t.Fatalf("%s cannot be taken", id)
	return queue.Lease{}
}

// grant is what is vended for a new job of the tenant.
func (k *worker) grant(t *testing.T, id, kind string, of tenant.ID) (vending.Grant, queue.Lease) {
	t.Helper()
	lease := k.lease(t, id, kind, of)
	p, err := k.auth.Job(t.Context(), k.tick(t), lease)
	fatal(t, err)
	g, err := k.machine.Vend(t.Context(), p)
	fatal(t, err)
	return g, lease
}

func TestTicks(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	k := newWorker(t, w)
	ctx := t.Context()
	good := k.token(t, setup.Tick, service)
	tick, err := k.ticks.Verify(ctx, good)
	if err != nil || !tick.Valid() {
		t.Fatalf("a tick: %v", err)
	}
	header, rest, _ := strings.Cut(good, ".")
	claims, _, _ := strings.Cut(rest, ".")
	_, foreign, _ := strings.Cut(k.token(t, setup.Worker, service), ".")
	_, signature, _ := strings.Cut(foreign, ".")
	for name, token := range map[string]string{
		"nothing":                     "",
		"another account":             k.token(t, setup.Worker, service),
		"another service":             k.token(t, setup.Tick, "https://web.test"),
		"a person":                    w.Token(t, w.Acme.Admin),
		"no signature":                header + "." + claims + ".",
		"the signature of other text": header + "." + claims + "." + signature,
	} {
		if tick, err := k.ticks.Verify(ctx, token); !errors.Is(err, tenant.ErrUnauthenticated) || tick.Valid() {
			t.Errorf("%s: got %v, want ErrUnauthenticated", name, err)
		}
	}
	k.ahead = 2 * time.Hour
	if tick.Valid() {
		t.Error("a tick is valid after its token has expired")
	}
	if _, err := k.ticks.Verify(ctx, good); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("an expired token: %v", err)
	}
	if _, err := tenancy.NewPlatformCaller(tenancy.PlatformCallerConfig{Audience: service, KeysURL: tenancy.GoogleKeys}); !errors.Is(err, tenant.ErrInvalid) {
		t.Errorf("ticks of no account: %v", err)
	}
}

func TestAJobIsATenantsForOnePurpose(t *testing.T) {
	vendingtest.EachIsolation(t, func(t *testing.T, w *vendingtest.World) {
		k := newWorker(t, w)
		ctx := t.Context()
		acme := w.Grant(t, w.Acme.Editor).Database()
		for collection, id := range map[string]string{"uploads": "u1", "reports": "r1", "notes": "n1"} {
			_, err := acme.Collection(collection).Doc(id).Set(ctx, map[string]any{"a": 1})
			fatal(t, err)
		}
		g, lease := k.grant(t, "inspect-u1", "inspect", w.Acme.ID)
		p := g.Principal()
		if p.Tenant() != w.Acme.ID || p.User().String() != "job-inspect" || p.Purpose() != "inspect" || p.Role() != 0 ||
			p.Method() != tenancy.ByJob || !p.Expires().Equal(lease.Until()) || g.ReadOnly() {
			t.Errorf("the job is %v, by %v, until %v; read-only %v", p, p.Method(), p.Expires(), g.ReadOnly())
		}

		db := g.Database()
		if _, err := db.Collection("uploads").Doc("u1").Get(ctx); err != nil {
			t.Errorf("read an upload: %v", err)
		}
		if _, err := db.Collection("reports").Doc("r2").Create(ctx, map[string]any{"a": 1}); err != nil {
			t.Errorf("append a report: %v", err)
		}
		for name, attempt := range map[string]func() error{
			"change an upload": func() error {
				_, err := db.Collection("uploads").Doc("u1").Set(ctx, map[string]any{"a": 2})
				return err
			},
			"change a report": func() error {
				_, err := db.Collection("reports").Doc("r1").Set(ctx, map[string]any{"a": 2})
				return err
			},
			"delete a report": func() error { _, err := db.Collection("reports").Doc("r1").Delete(ctx); return err },
			"read people":     func() error { _, err := db.Collection("users").Documents(ctx).GetAll(); return err },
			"read a note":     func() error { _, err := db.Collection("notes").Doc("n1").Get(ctx); return err },
			"its own profile": func() error { _, err := g.Profile().Get(ctx); return err },
			"read an object":  func() error { _, err := g.Bucket().Object("a").Attrs(ctx); return err },
			"sign an upload": func() error {
				_, err := g.Bucket().SignUpload(ctx, "a", "text/plain", 1, time.Minute)
				return err
			},
		} {
			if err := attempt(); !errors.Is(err, vending.ErrDenied) && !errors.Is(err, vending.ErrReadOnly) && !errors.Is(err, vending.ErrForeign) {
				t.Errorf("%s: got %v, want a refusal", name, err)
			}
		}
		row := recent(t, w, func(r ledger.Row) bool { return r.Subject == "job-inspect" && r.Decision == ledger.Vended })
		if row.Tenant != w.Acme.ID.String() || row.Method != "job" || row.Scope != "job: reports read+append, uploads read" || row.Role != "" {
			t.Errorf("recorded as %+v", row)
		}
		if g, _ := k.grant(t, "archive-u1", "archive", w.Acme.ID); !g.ReadOnly() {
			t.Error("a purpose that only reads is not read-only")
		}
	})
}

func TestAJobWithoutItsProofs(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	k := newWorker(t, w)
	ctx := t.Context()
	tick := k.tick(t)
	lease := k.lease(t, "a", "inspect", w.Acme.ID)
	lost := k.lease(t, "b", "inspect", w.Acme.ID)
	fatal(t, k.store.Retry(ctx, lost, time.Hour, "later"))
	nowhere := k.lease(t, "c", "inspect", tenant.NewID())
	for name, c := range map[string]struct {
		tick  tenancy.PlatformCall
		lease queue.Lease
		want  error
	}{
		"no tick":             {tenancy.PlatformCall{}, lease, tenant.ErrUnauthenticated},
		"no lease":            {tick, queue.Lease{}, tenant.ErrUnauthenticated},
		"a lost lease":        {tick, lost, tenant.ErrUnauthenticated},
		"a job of nobody":     {tick, k.lease(t, "d", "inspect", tenant.ID{}), tenant.ErrUnauthenticated},
		"a tenant that isn't": {tick, nowhere, tenant.ErrTenantDenied},
	} {
		if p, err := k.auth.Job(ctx, c.tick, c.lease); !errors.Is(err, c.want) || p != (tenancy.Principal{}) {
			t.Errorf("%s: got %v, %v; want %v", name, p, err, c.want)
		}
	}

	t.Run("a purpose without a row", func(t *testing.T) {
		p, err := k.auth.Job(ctx, tick, k.lease(t, "e", "unheard-of", w.Acme.ID))
		fatal(t, err)
		if _, err := k.machine.Vend(ctx, p); !errors.Is(err, vending.ErrDenied) {
			t.Errorf("got %v, want ErrDenied", err)
		}
		row := recent(t, w, func(r ledger.Row) bool { return r.Subject == "job-unheard-of" })
		if row.Decision != ledger.Denied {
			t.Errorf("recorded as %+v", row)
		}
	})

	t.Run("an expired tick", func(t *testing.T) {
		k.ahead = 2 * time.Hour
		defer func() { k.ahead = 0 }()
		if _, err := k.auth.Job(ctx, tick, lease); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAGrantEndsWithItsLease(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	k := newWorker(t, w)
	ctx := t.Context()
	read := func(g vending.Grant) error {
		_, err := g.Database().Collection("uploads").Documents(ctx).GetAll()
		return err
	}
	one, lease := k.grant(t, "a", "inspect", w.Acme.ID)
	other, _ := k.grant(t, "b", "inspect", w.Acme.ID) // in the same second, perhaps
	for name, g := range map[string]vending.Grant{"one": one, "other": other} {
		if err := read(g); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	fatal(t, k.store.Done(ctx, lease))
	if err := read(one); !errors.Is(err, vending.ErrDenied) {
		t.Errorf("after its job is done: %v, want ErrDenied", err)
	}
	if err := read(other); err != nil {
		t.Errorf("the other job lost its grant: %v", err)
	}
	k.ahead = 61 * time.Second
	if err := read(other); !errors.Is(err, vending.ErrDenied) {
		t.Errorf("after its lease has ended: %v, want ErrDenied", err)
	}
}
