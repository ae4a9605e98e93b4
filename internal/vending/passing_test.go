package vending_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

// TestPassingFaults: what the cloud answers on a bad moment reaches nobody, if the request may be
// sent twice; what stays is told apart from a refusal and from a mistake of ours.
func TestPassingFaults(t *testing.T) {
	t.Parallel()                                        // it waits for pauses between tries
	w := vendingtest.TwoTenants(t, vendingtest.Keyless) // so that IAM Credentials is asked, too
	ctx := t.Context()
	g := w.Grant(t, w.Acme.Editor)
	wantAll(t, "before", ctx, g, nil)
	doc := g.Database().Collection("notes").Doc("kept")
	vend := func() error {
		_, err := w.NewMachine(t, vending.MachineConfig{}).Vend(ctx, g.Principal())
		return err
	}
	const database = "/google.firestore.v1.Firestore/"
	for _, c := range []struct {
		what   string
		method string
		of     string // account
		code   codes.Code
		stays  bool // also tried: a fault that does not pass
		do     func() error
	}{
		{"a document", database + "BatchGetDocuments", w.Acme.ServiceAccount, codes.Unavailable, false,
			func() error { _, err := doc.Get(ctx); return err }},
		{"a document", database + "BatchGetDocuments", w.Acme.ServiceAccount, codes.Aborted, false,
			func() error { _, err := doc.Get(ctx); return err }},
		{"a query", database + "RunQuery", w.Acme.ServiceAccount, codes.ResourceExhausted, true,
			func() error { _, err := g.Database().Collection("notes").Documents(ctx).GetAll(); return err }},
		{"a query", database + "RunQuery", w.Acme.ServiceAccount, codes.Internal, false,
			func() error { _, err := g.Database().Collection("notes").Documents(ctx).GetAll(); return err }},
		{"a document in a transaction", database + "BatchGetDocuments", w.Acme.ServiceAccount, codes.Unavailable, false, func() error {
			return g.Database().RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
				_, err := tx.Get(doc)
				return err
			})
		}},
		{"a count", database + "RunAggregationQuery", w.Acme.ServiceAccount, codes.Unavailable, false, func() error {
			q := g.Database().Collection("notes").NewAggregationQuery().WithCount("n")
			_, err := q.Get(ctx)
			return err
		}},
		{"an object", "GET /storage/v1/b/*", w.Acme.ServiceAccount, codes.Unavailable, false,
			func() error { _, err := g.Bucket().Object("kept").Attrs(ctx); return err }},
		{"the vault", "GET /storage/v1/b/*", "", codes.Unavailable, true, vend},
		{"the registry", database + "BatchGetDocuments", "", codes.Unavailable, false, func() error {
			_, err := registry.New(w.Web.Registry(), nil).ByID(ctx, w.Acme.ID)
			return err
		}},
		{"a cell", database + "BatchGetDocuments", "", codes.Internal, false, func() error {
			_, err := registry.New(w.Web.Registry(), nil).Cell(ctx, w.Acme.Cell)
			return err
		}},
	} {
		f := w.Cloud.Faults().Add(fault.Rule{Method: c.method, Account: c.of, Code: c.code, Times: 2})
		if err := c.do(); err != nil {
			t.Errorf("%s, twice %v: %v", c.what, c.code, err)
		}
		if n := f.Hits(); n != 2 {
			t.Errorf("%s: the fault was met %d times, want 2", c.what, n)
		}
		f.Remove()
		if !c.stays {
			continue
		}
		f = w.Cloud.Faults().Add(fault.Rule{Method: c.method, Account: c.of, Code: c.code})
		if err := c.do(); !vending.Unavailable(err) && !errors.Is(err, tenant.ErrUnavailable) {
			t.Errorf("%s, always %v: %v is not said to be a matter of time", c.what, c.code, err)
		}
		if n := f.Hits(); n > 10 {
			t.Errorf("%s: asked %d times", c.what, n)
		}
		f.Remove()
	}
	fresh, err := w.NewMachine(t, vending.MachineConfig{}).Vend(ctx, g.Principal())
	if err != nil {
		t.Fatal(err)
	}
	for what, do := range map[string]func() error{
		"a token of the account": func() error {
			_, err := fresh.Database().Collection("notes").Doc("kept").Get(ctx)
			return err
		},
		"a signature": func() error {
			_, err := fresh.Bucket().SignDownload(ctx, "kept", 1, "k", "text/plain", time.Minute)
			return err
		},
	} {
		f := w.Cloud.Faults().Add(fault.Rule{Method: "POST /v1/projects/*", Code: codes.Unavailable, Times: 2})
		if err := do(); err != nil || f.Hits() != 2 {
			t.Errorf("%s: %v, the fault was met %d times", what, err, f.Hits())
		}
		f.Remove()
	}
}

// TestWhoWasNotDenied: an outage and a client that goes away are no denials.
func TestWhoWasNotDenied(t *testing.T) {
	t.Parallel() // it waits for a cache
	w := vendingtest.TwoTenants(t)
	g, p := w.Grant(t, w.Acme.Editor), w.Principal(t, w.Globex.Editor)
	w.Machine.ForgetAll()
	before := rows(t, w)

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Machine.Vend(gone, p); !vending.Cancelled(err) {
		t.Errorf("a vend that was given up: %v", err)
	}
	if n := rows(t, w) - before; n != 0 {
		t.Errorf("%d rows about a request that was given up, want none", n)
	}

	away := w.Cloud.Faults().Add(fault.Rule{Resource: "projects/" + vendingtest.Project + "/databases/platform", Method: "/google.firestore.v1.Firestore/BatchGetDocuments", Code: codes.PermissionDenied})
	defer away.Remove()
	within(t, func() bool {
		_, err := g.Database().Collection("notes").Doc("n").Get(t.Context())
		return errors.Is(err, tenant.ErrUnavailable)
	}, "the registry is asked, and is away")
	away.Remove()
	row := recent(t, w, func(r ledger.Row) bool { return r.Subject == w.Acme.Editor.ID.String() && r.Decision != ledger.Vended })
	if row.Decision != ledger.Failed {
		t.Errorf("an outage of the registry is recorded as %q, want %q: %s", row.Decision, ledger.Failed, row.Reason)
	}
}

// rows is how many rows the ledger has.
func rows(t *testing.T, w *vendingtest.World) int {
	t.Helper()
	if err := w.Ledger.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := vending.Recent(t.Context(), w.Ledger, 100)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
