package vending_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	firestoreapi "cloud.google.com/go/firestore/apiv1"
	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
	gtransport "google.golang.org/api/transport/grpc"

	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestPool is about two tenants in one database and one bucket.
func TestPool(t *testing.T) {
	w := vendingtest.TwoPooled(t)
	if w.Acme.Database != w.Globex.Database || w.Acme.Bucket != w.Globex.Bucket || w.Acme.ServiceAccount == w.Globex.ServiceAccount {
		t.Fatalf("acme is %+v, globex is %+v", w.Acme, w.Globex)
	}
	t.Run("each sees its own", func(t *testing.T) { poolLooksLikeASilo(t, w) })
	t.Run("roles", func(t *testing.T) { vend(t, vendingtest.TwoPooled(t)) })
	t.Run("signed", func(t *testing.T) { poolSigns(t, w) })
	t.Run("reaching across", func(t *testing.T) { poolGuard(t, w) })
	t.Run("reaching across, unguarded", func(t *testing.T) { poolUnguarded(t, w) })
	t.Run("transactions", func(t *testing.T) { poolTransactions(t, w) })
	t.Run("uploads in parts", func(t *testing.T) { poolUploads(t, w) })
}

// Both write under the same names, each reads its own, and on the cloud they lie apart.
func poolLooksLikeASilo(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	for _, tenant := range []vendingtest.Tenant{w.Acme, w.Globex} {
		g := w.Grant(t, tenant.Editor)
		if _, err := g.Database().Collection("notes").Doc("same").Set(ctx, map[string]any{"of": tenant.ID.String()}); err != nil {
			t.Fatal(err)
		}
		if err := write(ctx, g.Bucket().Object("a/same"), tenant.ID.String()); err != nil {
			t.Fatal(err)
		}
	}
	db, bucket, err := w.Grant(t, w.Acme.Editor).Unguarded(ctx, w.Acme.Database)
	if err != nil {
		t.Fatal(err)
	}
	for _, tenant := range []vendingtest.Tenant{w.Acme, w.Globex} {
		g, id := w.Grant(t, tenant.Editor), tenant.ID.String()
		notes, err := g.Database().Collection("notes").Where("of", ">", "").Documents(ctx).GetAll()
		if err != nil || len(notes) != 1 || notes[0].Data()["of"] != id {
			t.Errorf("%s reads %v, %v", tenant.Slug, notes, err)
		}
		if names := list(t, g); strings.Join(names, " ") != "a/same" {
			t.Errorf("%s lists %v", tenant.Slug, names)
		}
		folders := g.Bucket().Objects(ctx, &storage.Query{Delimiter: "/", StartOffset: "a"})
		if folder, err := folders.Next(); err != nil || folder.Prefix != "a/" {
			t.Errorf("%s lists folder %v, %v", tenant.Slug, folder, err)
		}
		r, err := g.Bucket().Object("a/same").NewReader(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(r); err != nil || string(body) != id {
			t.Errorf("%s reads %q, %v", tenant.Slug, body, err)
		}
		r.Close()
		if snap, err := db.Doc("tenants/" + id + "/notes/same").Get(ctx); err != nil || snap.Data()["of"] != id {
			t.Errorf("the note of %s is not where it should be: %v", tenant.Slug, err)
		}
	}
	if _, err := bucket.Bucket(w.Acme.Bucket).Object(w.Acme.ID.String() + "/a/same").Attrs(ctx); err != nil {
		t.Errorf("acme's file is not where it should be: %v", err)
	}
}

func poolSigns(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	b := w.Grant(t, w.Acme.Editor).Bucket()
	up, err := b.SignUpload(ctx, "signed", "text/plain", 2, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(up.URL, "/"+w.Acme.Bucket+"/"+w.Acme.ID.String()+"/signed?") {
		t.Errorf("signed %s", up.URL)
	}
	across := func(r *http.Request) {
		r.URL.Path = strings.Replace(r.URL.Path, w.Acme.ID.String(), w.Globex.ID.String(), 1)
	}
	if code, _, _ := send(t, up, "hi", across); code != http.StatusForbidden {
		t.Errorf("uploading to globex: HTTP %d", code)
	}
	if code, _, body := send(t, up, "hi", nil); code != http.StatusOK {
		t.Errorf("uploading: HTTP %d %s", code, body)
	}
	attrs, err := b.Object("signed").Attrs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	down, err := b.SignDownload(ctx, "signed", attrs.Generation, "s.txt", "text/plain", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if code, _, body := send(t, down, "", nil); code != http.StatusOK || body != "hi" {
		t.Errorf("downloading: HTTP %d %q", code, body)
	}
}

// poolGuard: what Google's clients let a program try, with the other tenant in the same database
// and bucket.
func poolGuard(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	g := w.Grant(t, w.Acme.Admin)
	documents := "projects/" + vendingtest.Project + "/databases/" + w.Acme.Database + "/documents"
	victim := documents + "/tenants/" + w.Globex.ID.String()
	bent := func(path string) *firestore.DocumentRef {
		ref := g.Database().Collection("users").Doc("x")
		ref.Path = path
		return ref
	}
	api, err := firestoreapi.NewClient(ctx, gtransport.WithConnPool(g.Conn()))
	if err != nil {
		t.Fatal(err)
	}
	query := func(parent string, all bool) error {
		stream, err := api.RunQuery(ctx, &fs.RunQueryRequest{Parent: parent, QueryType: &fs.RunQueryRequest_StructuredQuery{
			StructuredQuery: &fs.StructuredQuery{From: []*fs.StructuredQuery_CollectionSelector{{CollectionId: "users", AllDescendants: all}}},
		}})
		if err == nil {
			_, err = stream.Recv()
		}
		return err
	}
	bucket := g.WholeBucket()
	theirs := bucket.Object(w.Globex.ID.String() + "/a/same")
	for name, attempt := range map[string]func() error{
		"read":               func() error { _, err := bent(victim + "/notes/same").Get(ctx); return err },
		"write":              func() error { _, err := bent(victim+"/notes/same").Set(ctx, map[string]any{"a": 1}); return err },
		"the anchor":         func() error { _, err := bent(victim).Get(ctx); return err },
		"its own anchor":     func() error { _, err := bent(documents + "/tenants/" + w.Acme.ID.String()).Get(ctx); return err },
		"collections":        func() error { _, err := bent(victim).Collections(ctx).GetAll(); return err },
		"watch":              func() error { _, err := bent(victim + "/notes/same").Snapshots(ctx).Next(); return err },
		"query":              func() error { return query(victim, false) },
		"query the database": func() error { return query(documents, false) },
		"query all that are": func() error { return query(documents, true) },
		"query the tenants":  func() error { return query(documents+"/tenants", true) },
		"list the database": func() error {
			_, err := api.ListDocuments(ctx, &fs.ListDocumentsRequest{Parent: documents, CollectionId: "tenants"}).Next()
			return err
		},
		"partition the whole": func() error {
			_, err := api.PartitionQuery(ctx, &fs.PartitionQueryRequest{Parent: documents}).Next()
			return err
		},
		"attributes":           func() error { _, err := theirs.Attrs(ctx); return err },
		"download":             func() error { _, err := theirs.NewReader(ctx); return err },
		"upload":               func() error { return write(ctx, theirs, "x") },
		"upload beside":        func() error { return write(ctx, bucket.Object("beside"), "x") },
		"upload a longer name": func() error { return write(ctx, bucket.Object(w.Acme.ID.String()+"x/a"), "x") },
		"copy out":             func() error { _, err := g.Bucket().Object("stolen").CopierFrom(theirs).Run(ctx); return err },
		"copy in":              func() error { _, err := theirs.CopierFrom(g.Bucket().Object("a/same")).Run(ctx); return err },
		"compose from":         func() error { _, err := g.Bucket().Object("c").ComposerFrom(theirs).Run(ctx); return err },
		"list":                 func() error { _, err := bucket.Objects(ctx, nil).Next(); return err },
		"list theirs": func() error {
			_, err := bucket.Objects(ctx, &storage.Query{Prefix: w.Globex.ID.String() + "/"}).Next()
			return err
		},
	} {
		if err := attempt(); !errors.Is(err, vending.ErrForeign) {
			t.Errorf("%s: got %v, want ErrForeign", name, err)
		}
	}
	own := documents + "/tenants/" + w.Acme.ID.String()
	if err := query(own, false); err != nil {
		t.Errorf("its own users: %v", err)
	}
	// What is called users may also stand below what is sealed off.
	if err := query(own, true); !errors.Is(err, vending.ErrDenied) {
		t.Errorf("whatever is called users below its own anchor: got %v, want ErrDenied", err)
	}
	if _, err := g.Bucket().Object("c").ComposerFrom(g.Bucket().Object("a/same")).Run(ctx); err != nil {
		t.Errorf("composing from its own: %v", err)
	}
}

// poolUnguarded takes the guard away. The cloud still says no to the other's files. Of the other's
// documents it does not: IAM ends at the database, and this test says so, lest anybody believe
// otherwise.
func poolUnguarded(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	db, client, err := w.Grant(t, w.Acme.Admin).Unguarded(ctx, w.Acme.Database)
	if err != nil {
		t.Fatal(err)
	}
	bucket := client.Bucket(w.Acme.Bucket)
	theirs, ours := bucket.Object(w.Globex.ID.String()+"/a/same"), bucket.Object(w.Acme.ID.String()+"/a/same")
	for name, attempt := range map[string]func() error{
		"attributes":   func() error { _, err := theirs.Attrs(ctx); return err },
		"download":     func() error { _, err := theirs.NewReader(ctx); return err },
		"upload":       func() error { return write(ctx, theirs, "x") },
		"delete":       func() error { return theirs.Delete(ctx) },
		"copy out":     func() error { _, err := ours.CopierFrom(theirs).Run(ctx); return err },
		"compose from": func() error { _, err := ours.ComposerFrom(ours, theirs).Run(ctx); return err },
		"beside":       func() error { return write(ctx, bucket.Object("beside"), "x") },
		"list":         func() error { _, err := bucket.Objects(ctx, nil).Next(); return err },
		"list theirs": func() error {
			_, err := bucket.Objects(ctx, &storage.Query{Prefix: w.Globex.ID.String() + "/"}).Next()
			return err
		},
		"list by a start": func() error { _, err := bucket.Objects(ctx, &storage.Query{Prefix: "tn-"}).Next(); return err },
	} {
		var answer *googleapi.Error
		if err := attempt(); !errors.As(err, &answer) || answer.Code != http.StatusForbidden {
			t.Errorf("%s: got %v, want HTTP 403", name, err)
		}
	}
	if _, err := db.Doc("tenants/" + w.Globex.ID.String() + "/notes/same").Get(ctx); err != nil {
		t.Errorf("the cloud keeps pooled documents apart after all (%v): then say so in docs/isolation.md", err)
	}
	for name, database := range map[string]string{"the control plane": location.PlatformDatabase, "another pool": "pool-us"} {
		other, _, err := w.Grant(t, w.Acme.Admin).Unguarded(ctx, database)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.Doc("tenants/x").Get(ctx); err == nil {
			t.Errorf("%s is open", name)
		}
	}
}

// A transaction belongs to whom it was given to.
func poolTransactions(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	open := func(g vending.Grant) *firestoreapi.Client {
		c, err := firestoreapi.NewClient(ctx, gtransport.WithConnPool(g.Conn()))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	acme, globex := open(w.Grant(t, w.Acme.Editor)), open(w.Grant(t, w.Globex.Editor))
	database := "projects/" + vendingtest.Project + "/databases/" + w.Acme.Database
	root := database + "/documents/tenants/" + w.Acme.ID.String()
	begun, err := globex.BeginTransaction(ctx, &fs.BeginTransactionRequest{Database: database})
	if err != nil {
		t.Fatal(err)
	}
	theirs := begun.GetTransaction()
	again := &fs.TransactionOptions{Mode: &fs.TransactionOptions_ReadWrite_{ReadWrite: &fs.TransactionOptions_ReadWrite{RetryTransaction: theirs}}}
	read := func(c *firestoreapi.Client, tx []byte, begin *fs.TransactionOptions) error {
		m := &fs.BatchGetDocumentsRequest{Database: database, Documents: []string{root + "/notes/same"}}
		if tx != nil {
			m.ConsistencySelector = &fs.BatchGetDocumentsRequest_Transaction{Transaction: tx}
		} else {
			m.ConsistencySelector = &fs.BatchGetDocumentsRequest_NewTransaction{NewTransaction: begin}
		}
		stream, err := c.BatchGetDocuments(ctx, m)
		if err == nil {
			_, err = stream.Recv()
		}
		return err
	}
	for name, attempt := range map[string]func() error{
		"read in it": func() error { return read(acme, theirs, nil) },
		"commit it": func() error {
			_, err := acme.Commit(ctx, &fs.CommitRequest{Database: database, Transaction: theirs})
			return err
		},
		"end it": func() error { return acme.Rollback(ctx, &fs.RollbackRequest{Database: database, Transaction: theirs}) },
		"repeat it": func() error {
			_, err := acme.BeginTransaction(ctx, &fs.BeginTransactionRequest{Database: database, Options: again})
			return err
		},
		"repeat it while reading": func() error { return read(acme, nil, again) },
	} {
		if err := attempt(); !errors.Is(err, vending.ErrForeign) {
			t.Errorf("%s: got %v, want ErrForeign", name, err)
		}
	}
	if _, err := globex.Commit(ctx, &fs.CommitRequest{Database: database, Transaction: theirs}); err != nil {
		t.Errorf("its own: %v", err)
	}
	err = w.Grant(t, w.Acme.Editor).Database().RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		ref := w.Grant(t, w.Acme.Editor).Database().Collection("notes").Doc("same")
		if _, err := tx.Get(ref); err != nil {
			return err
		}
		return tx.Set(ref, map[string]any{"of": w.Acme.ID.String()})
	})
	if err != nil {
		t.Errorf("the client's own transaction: %v", err)
	}
}

// A large file goes up in parts, each naming the upload and not the file. Nobody else's upload is
// gone on with.
func poolUploads(t *testing.T, w *vendingtest.World) {
	ctx := t.Context()
	o := w.Grant(t, w.Acme.Editor).Bucket().Object("large")
	up := o.NewWriter(ctx)
	up.ChunkSize = 256 << 10
	if _, err := io.Copy(up, strings.NewReader(strings.Repeat("x", 700<<10))); err != nil {
		t.Fatal(err)
	}
	if err := up.Close(); err != nil {
		t.Fatal(err)
	}
	if attrs, err := o.Attrs(ctx); err != nil || attrs.Size != 700<<10 {
		t.Errorf("uploaded %v, %v", attrs, err)
	}
	client := w.Grant(t, w.Globex.Editor).Client()
	address := w.Endpoints.Storage + "/upload/storage/v1/b/" + w.Acme.Bucket + "/o?uploadType=resumable&upload_id=somebody-elses"
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, address, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := client.Do(req); !errors.Is(err, vending.ErrForeign) {
		t.Errorf("an upload of nobody's: %v, %v", resp, err)
	}
}
