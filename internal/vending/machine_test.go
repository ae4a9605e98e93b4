package vending_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

type ctxt = context.Context

func write(ctx context.Context, o *storage.ObjectHandle, body string) error {
	w := o.NewWriter(ctx)
	_, err := io.WriteString(w, body)
	return errors.Join(err, w.Close())
}

func TestVend(t *testing.T) { vendingtest.EachSource(t, vendingtest.TwoTenants, vend) }

func vend(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()

	t.Run("an editor writes and reads their tenant's data", func(t *testing.T) {
		g := w.Grant(t, w.Acme.Editor)
		if g.Tenant() != w.Acme.ID || g.ReadOnly() || g.Principal().User() != w.Acme.Editor.ID {
			t.Errorf("grant is %v", g)
		}
		doc := g.Database().Collection("notes").Doc("n1")
		if _, err := doc.Set(ctx, map[string]any{"text": "hello"}); err != nil {
			t.Fatal(err)
		}
		snap, err := doc.Get(ctx)
		if err != nil || snap.Data()["text"] != "hello" {
			t.Errorf("read %v, %v", snap, err)
		}
		if err := write(ctx, g.Bucket().Object("a/b.txt"), "hello"); err != nil {
			t.Fatal(err)
		}
		r, err := g.Bucket().Object("a/b.txt").NewReader(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if b, err := io.ReadAll(r); err != nil || string(b) != "hello" {
			t.Errorf("read %q, %v", b, err)
		}
		if _, err := g.Bucket().Object("copy.txt").CopierFrom(g.Bucket().Object("a/b.txt")).Run(ctx); err != nil {
			t.Errorf("copy: %v", err)
		}
		if names := list(t, g); strings.Join(names, " ") != "a/b.txt copy.txt" {
			t.Errorf("objects are %v", names)
		}
	})

	t.Run("a viewer reads and does not write", func(t *testing.T) {
		g := w.Grant(t, w.Acme.Viewer)
		if !g.ReadOnly() {
			t.Error("a viewer's grant is not read-only")
		}
		doc := g.Database().Collection("notes").Doc("n1")
		if _, err := doc.Get(ctx); err != nil {
			t.Errorf("read: %v", err)
		}
		if names := list(t, g); len(names) != 2 {
			t.Errorf("objects are %v", names)
		}
		err := g.Database().RunTransaction(ctx, func(_ ctxt, tx *firestore.Transaction) error {
			_, err := tx.Get(doc)
			return err
		})
		if err != nil {
			t.Errorf("a transaction that reads: %v", err)
		}
		for name, attempt := range map[string]func() error{
			"set":    func() error { _, err := doc.Set(ctx, map[string]any{"a": 1}); return err },
			"update": func() error { _, err := doc.Update(ctx, []firestore.Update{{Path: "a", Value: 1}}); return err },
			"delete": func() error { _, err := doc.Delete(ctx); return err },
			"put":    func() error { return write(ctx, g.Bucket().Object("x"), "x") },
			"remove": func() error { return g.Bucket().Object("a/b.txt").Delete(ctx) },
			"sign": func() error {
				_, err := g.Bucket().SignUpload(ctx, "x", "text/plain", 1, time.Minute)
				return err
			},
		} {
			if err := attempt(); !errors.Is(err, vending.ErrReadOnly) {
				t.Errorf("%s: got %v, want ErrReadOnly", name, err)
			}
		}
	})

	t.Run("a sign-in reads its own record and nothing else", func(t *testing.T) {
		g, err := w.Machine.Vend(ctx, w.SignIn(t, w.Acme.Viewer))
		if err != nil {
			t.Fatal(err)
		}
		users := g.Database().Collection("users")
		if _, err := users.Doc(w.Acme.Viewer.ID.String()).Get(ctx); err != nil {
			t.Errorf("own record: %v", err)
		}
		for name, attempt := range map[string]func() error{
			"another's record": func() error { _, err := users.Doc(w.Acme.Admin.ID.String()).Get(ctx); return err },
			"all records":      func() error { _, err := users.Documents(ctx).GetAll(); return err },
			"a write":          func() error { _, err := users.Doc(w.Acme.Viewer.ID.String()).Delete(ctx); return err },
			"an object":        func() error { _, err := g.Bucket().Object("a/b.txt").Attrs(ctx); return err },
			"a signature": func() error {
				_, err := g.Bucket().SignDownload(ctx, "a/b.txt", 1, "b", "text/plain", time.Minute)
				return err
			},
		} {
			if err := attempt(); !errors.Is(err, vending.ErrDenied) {
				t.Errorf("%s: got %v, want ErrDenied", name, err)
			}
		}
	})

	t.Run("nobody is refused, and it is recorded", func(t *testing.T) {
		ctx := ledger.WithRequest(ctx, ledger.RequestInfo{ID: "req-1", Route: "GET /nobody"})
		_, err := w.Machine.Vend(ctx, tenancy.Principal{})
		if !errors.Is(err, vending.ErrDenied) || !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("got %v, want ErrDenied and ErrUnauthenticated", err)
		}
		row := recent(t, w, func(r ledger.Row) bool { return r.Request == "req-1" })
		if row.Decision != ledger.Denied || row.Alert || row.Route != "GET /nobody" || row.Tenant != "" {
			t.Errorf("recorded as %+v", row)
		}
	})

	t.Run("a cold vend is recorded whole", func(t *testing.T) {
		ctx := ledger.WithRequest(ctx, ledger.RequestInfo{ID: "req-2", Route: "GET /files"})
		m := w.NewMachine(t, vending.MachineConfig{})
		p := w.Principal(t, w.Globex.Editor)
		for range 3 {
			if _, err := m.Vend(ctx, p); err != nil {
				t.Fatal(err)
			}
		}
		row := recent(t, w, func(r ledger.Row) bool { return r.Request == "req-2" })
		if row.Decision != ledger.Vended || row.Tenant != w.Globex.ID.String() || row.Subject != w.Globex.Editor.ID.String() ||
			row.Role != "editor" || row.Region != int64(tenant.EU) || row.Method != "bearer" || row.Scope != "read-write" ||
			row.Account != w.Globex.ServiceAccount || (row.KeyID == "") != w.Source.Keyless() || row.Generation != 1 || row.Warm != 0 {
			t.Errorf("recorded as %+v", row)
		}
		m.Reread(ctx)
		warm := recent(t, w, func(r ledger.Row) bool { return r.Warm > 0 && r.Subject == w.Globex.Editor.ID.String() })
		if warm.Warm != 2 {
			t.Errorf("2 warm vends are recorded as %d", warm.Warm)
		}
	})
}

func list(t *testing.T, g vending.Grant) []string {
	t.Helper()
	var names []string
	for it := g.Bucket().Objects(t.Context(), nil); ; {
		o, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, o.Name)
	}
}

// recent returns the newest ledger row that is wanted.
func recent(t *testing.T, w *vendingtest.World, wanted func(ledger.Row) bool) ledger.Row {
	t.Helper()
	if err := w.Ledger.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := vending.Recent(t.Context(), w.Ledger, 200)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if wanted(r) {
			return r
		}
	}
	t.Fatal("no such row in the ledger")
	return ledger.Row{}
}

// TestCache looks at what a machine remembers, each time with a machine that remembers nothing.
func TestCache(t *testing.T) { vendingtest.EachSource(t, vendingtest.TwoTenants, cache) }

func cache(t *testing.T, w *vendingtest.World) {
	t.Run("cold vends share one read", func(t *testing.T) { coldVendsShareOneRead(t, w) })
	t.Run("eviction", func(t *testing.T) { eviction(t, w) })
	t.Run("idle tenants", func(t *testing.T) { idleTenantsAreForgotten(t, w) })
}

// A thousand callers who come at once, to a machine that knows nothing yet, cost one read of one
// object.
func coldVendsShareOneRead(t *testing.T, w *vendingtest.World) {
	m := w.NewMachine(t, vending.MachineConfig{})
	p := w.Principal(t, w.Acme.Admin)
	began := time.Now()
	var wg sync.WaitGroup
	start := make(chan struct{})
	for range 1000 {
		wg.Go(func() {
			<-start
			if _, err := m.Vend(t.Context(), p); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
	reads, tokens := 0, 0
	for _, d := range w.Asked(began) {
		switch {
		case d.Permission == "storage.objects.get":
			reads++
		case strings.Contains(d.Resource, "token"):
			tokens++
		}
	}
	if reads != 1 || tokens != 0 {
		t.Errorf("%d objects were read and %d tokens asked for; want 1 and 0", reads, tokens)
	}
}

// A machine that is full forgets a tenant. Grants that were vended go on working; the next vend
// begins at the vault.
func eviction(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	m := w.NewMachine(t, vending.MachineConfig{CacheSize: 1})
	acme, err := m.Vend(ctx, w.Principal(t, w.Acme.Admin))
	if err != nil {
		t.Fatal(err)
	}
	globex, err := m.Vend(ctx, w.Principal(t, w.Globex.Admin))
	if err != nil {
		t.Fatal(err)
	}
	if n := m.Warm(); n != 1 {
		t.Errorf("%d tenants are warm, want 1", n)
	}
	for _, g := range []vending.Grant{acme, globex} {
		if _, err := g.Database().Collection("users").Documents(ctx).GetAll(); err != nil {
			t.Errorf("%v: %v", g, err)
		}
		if err := write(ctx, g.Bucket().Object("a"), "x"); err != nil {
			t.Errorf("%v: %v", g, err)
		}
	}
	if again, err := m.Vend(ctx, w.Principal(t, w.Acme.Admin)); err != nil || again.Tenant() != w.Acme.ID {
		t.Errorf("vended %v, %v", again, err)
	}
}

// Tenants that nobody was vended from between two looks are forgotten.
func idleTenantsAreForgotten(t *testing.T, w *vendingtest.World) {
	m := w.NewMachine(t, vending.MachineConfig{})
	if _, err := m.Vend(t.Context(), w.Principal(t, w.Acme.Admin)); err != nil {
		t.Fatal(err)
	}
	m.Reread(t.Context())
	if n := m.Warm(); n != 1 {
		t.Errorf("%d tenants are warm after a look at one in use, want 1", n)
	}
	m.Reread(t.Context())
	if n := m.Warm(); n != 0 {
		t.Errorf("%d tenants are warm after a look at one that is idle, want 0", n)
	}
}
