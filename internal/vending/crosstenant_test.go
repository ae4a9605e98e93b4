package vending_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestReachingAcross is a dialogue between acme's admin, who holds a vended grant and tries
// everything that Google's clients let a program try, and the guard.
func TestReachingAcross(t *testing.T) {
	vendingtest.EachSource(t, vendingtest.TwoTenants, reachingAcross)
}

func reachingAcross(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	grant := w.Grant(t, w.Acme.Admin)
	victim := w.Globex
	victimRoot := "projects/" + vendingtest.Project + "/databases/" + victim.Database + "/documents"
	victimDoc := victimRoot + "/users/" + victim.Admin.ID.String()

	// A reference is a public struct: its path can be set to anything.
	bent := func() *firestore.DocumentRef {
		ref := grant.Database().Collection("users").Doc("x")
		ref.Path = victimDoc
		return ref
	}
	// A query can be read from bytes that say anything.
	query := func(parent string) firestore.Query {
		b, err := proto.Marshal(&fs.RunQueryRequest{Parent: parent, QueryType: &fs.RunQueryRequest_StructuredQuery{
			StructuredQuery: &fs.StructuredQuery{From: []*fs.StructuredQuery_CollectionSelector{{CollectionId: "users"}}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		q, err := grant.Database().Collection("users").Query.Deserialize(b)
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	// Another client's handle names another bucket.
	elsewhere := w.Owner.Storage().Bucket(victim.Bucket).Object("report.pdf")

	began := time.Now()
	attempts := map[string]func() error{
		"read a document":  func() error { _, err := bent().Get(ctx); return err },
		"write a document": func() error { _, err := bent().Set(ctx, map[string]any{"role": "admin"}); return err },
		"delete it":        func() error { _, err := bent().Delete(ctx); return err },
		"read several": func() error {
			own := grant.Database().Collection("users").Doc(w.Acme.Admin.ID.String())
			_, err := grant.Database().GetAll(ctx, []*firestore.DocumentRef{own, bent()})
			return err
		},
		"read it in a transaction": func() error {
			return grant.Database().RunTransaction(ctx, func(_ ctxt, tx *firestore.Transaction) error {
				_, err := tx.Get(bent())
				return err
			})
		},
		"write it in a transaction": func() error {
			return grant.Database().RunTransaction(ctx, func(_ ctxt, tx *firestore.Transaction) error {
				return tx.Set(bent(), map[string]any{"role": "admin"})
			})
		},
		"list its collections": func() error { _, err := bent().Collections(ctx).GetAll(); return err },
		"watch it":             func() error { _, err := bent().Snapshots(ctx).Next(); return err },
		"query":                func() error { _, err := query(victimRoot).Documents(ctx).GetAll(); return err },
		"count": func() error {
			q := query(victimRoot)
			_, err := q.NewAggregationQuery().WithCount("n").Get(ctx)
			return err
		},
		"watch a query": func() error { _, err := query(victimRoot).Snapshots(ctx).Next(); return err },
		"copy an object out": func() error {
			_, err := grant.Bucket().Object("stolen").CopierFrom(elsewhere).Run(ctx)
			return err
		},
		"walk up from an object": func() error {
			_, err := grant.Bucket().Object("../../" + victim.Bucket + "/o/report.pdf").Attrs(ctx)
			return err
		},
		"change an object's access": func() error {
			return grant.Bucket().Object("a").ACL().Set(ctx, storage.AllUsers, storage.RoleReader)
		},
		"sign a path upwards": func() error {
			_, err := grant.Bucket().SignDownload(ctx, "../"+victim.Bucket+"/report.pdf", 1, "a", "text/plain", time.Minute)
			return err
		},
	}
	for name, attempt := range attempts {
		err := attempt()
		if !errors.Is(err, vending.ErrForeign) {
			t.Errorf("%s: got %v, want ErrForeign", name, err)
		}
	}
	borrowed := metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer somebody-else")
	if _, err := grant.Database().Collection("users").Doc("x").Get(borrowed); !errors.Is(err, vending.ErrDenied) {
		t.Errorf("a borrowed authorization: got %v, want ErrDenied", err)
	}
	for _, d := range w.Asked(began) {
		if d.Caller == w.Acme.ServiceAccount && d.Permission != "datastore.databases.get" && strings.Contains(d.Resource, victim.ID.String()) {
			t.Errorf("the cloud was asked for %s on %s", d.Permission, d.Resource)
		}
	}

	// Each refusal is in the ledger, as an alert or as a repeat of one.
	if err := w.Ledger.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	rows, err := vending.Recent(ctx, w.Ledger, 100)
	if err != nil {
		t.Fatal(err)
	}
	alerts := 0
	for _, r := range rows {
		if r.Decision == ledger.Denied && r.Alert {
			alerts += int(r.Times())
			if r.Tenant != w.Acme.ID.String() || r.Subject != w.Acme.Admin.ID.String() || r.Role != "admin" ||
				r.Account != w.Acme.ServiceAccount || (r.KeyID == "") != w.Source.Keyless() || r.Reason == "" {
				t.Errorf("an alert does not say who: %+v", r)
			}
		}
	}
	if alerts < len(attempts) {
		t.Errorf("%d alerts for %d attempts", alerts, len(attempts))
	}
}

// TestReachingAcrossUnguarded takes the guard away. Now the requests are sent, with acme's own key,
// and it is the cloud that says no: the first lock holds without the fourth.
func TestReachingAcrossUnguarded(t *testing.T) {
	vendingtest.EachSource(t, vendingtest.TwoTenants, reachingAcrossUnguarded)
}

func reachingAcrossUnguarded(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	grant := w.Grant(t, w.Acme.Admin)
	db, bucket, err := grant.Unguarded(ctx, w.Globex.Database)
	if err != nil {
		t.Fatal(err)
	}
	doc := db.Collection("users").Doc(w.Globex.Admin.ID.String())
	for name, attempt := range map[string]func() error{
		"read":   func() error { _, err := doc.Get(ctx); return err },
		"write":  func() error { _, err := doc.Set(ctx, map[string]any{"role": "viewer"}); return err },
		"delete": func() error { _, err := doc.Delete(ctx); return err },
		"query":  func() error { _, err := db.Collection("users").Documents(ctx).GetAll(); return err },
		"count": func() error {
			_, err := db.Collection("users").NewAggregationQuery().WithCount("n").Get(ctx)
			return err
		},
		"list": func() error { _, err := db.Collections(ctx).GetAll(); return err },
		"transaction": func() error {
			return db.RunTransaction(ctx, func(ctxt, *firestore.Transaction) error { return nil })
		},
		"the control plane": func() error {
			platform, _, err := grant.Unguarded(ctx, location.PlatformDatabase)
			if err != nil {
				return err
			}
			_, err = platform.Collection("tenants").Documents(ctx).GetAll()
			return err
		},
	} {
		if err := attempt(); status.Code(err) != codes.PermissionDenied || errors.Is(err, vending.ErrDenied) {
			t.Errorf("%s: got %v, want the cloud's PermissionDenied", name, err)
		}
	}

	object := bucket.Bucket(w.Globex.Bucket).Object("report.pdf")
	for name, attempt := range map[string]func() error{
		"attributes": func() error { _, err := object.Attrs(ctx); return err },
		"read":       func() error { _, err := object.NewReader(ctx); return err },
		"write":      func() error { return write(ctx, object, "x") },
		"delete":     func() error { return object.Delete(ctx) },
		"list":       func() error { _, err := bucket.Bucket(w.Globex.Bucket).Objects(ctx, nil).Next(); return err },
		"copy": func() error {
			_, err := bucket.Bucket(w.Acme.Bucket).Object("stolen").CopierFrom(object).Run(ctx)
			return err
		},
		"the vault": func() error {
			_, err := bucket.Bucket(w.Vaults[w.Globex.Region]).Object(w.Globex.ID.String() + ".json").NewReader(ctx)
			return err
		},
	} {
		var answer *googleapi.Error
		if err := attempt(); !errors.As(err, &answer) || answer.Code != http.StatusForbidden {
			t.Errorf("%s: got %v, want HTTP 403", name, err)
		}
	}

	// And the same clients reach acme's own, so it is the boundary that was met, not a broken key.
	own, _, err := grant.Unguarded(ctx, w.Acme.Database)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := own.Collection("users").Documents(ctx).GetAll(); err != nil {
		t.Errorf("own database: %v", err)
	}
	if err := write(ctx, bucket.Bucket(w.Acme.Bucket).Object("a"), "x"); err != nil {
		t.Errorf("own bucket: %v", err)
	}
}
