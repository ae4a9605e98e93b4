package vending_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
	gtransport "google.golang.org/api/transport/grpc"
	"google.golang.org/grpc"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Every call through a grant that nobody vended is refused, and none panics.
func TestZeroGrant(t *testing.T) {
	ctx := t.Context()
	var g vending.Grant
	if !g.Tenant().IsZero() || !g.ReadOnly() || g.Principal() != (tenancy.Principal{}) || g.LogValue().String() == "" || g.String() == "" {
		t.Errorf("zero grant describes itself as %v", g)
	}
	for _, db := range []vending.Database{{}, g.Database()} {
		doc := db.Collection("users").Doc("u1")
		for name, call := range map[string]func() error{
			"get":    func() error { _, err := doc.Get(ctx); return err },
			"create": func() error { _, err := doc.Create(ctx, map[string]any{"a": 1}); return err },
			"set":    func() error { _, err := doc.Set(ctx, map[string]any{"a": 1}); return err },
			"delete": func() error { _, err := doc.Delete(ctx); return err },
			"query": func() error {
				_, err := db.Collection("users").Where("a", "==", 1).Documents(ctx).GetAll()
				return err
			},
			"count": func() error {
				_, err := db.Collection("users").NewAggregationQuery().WithCount("n").Get(ctx)
				return err
			},
			"get all": func() error { _, err := db.GetAll(ctx, []*firestore.DocumentRef{doc}); return err },
			"sub-collections": func() error {
				_, err := doc.Collections(ctx).GetAll()
				return err
			},
			"listen": func() error { _, err := doc.Snapshots(ctx).Next(); return err },
			"transaction": func() error {
				return db.RunTransaction(ctx, func(context.Context, *firestore.Transaction) error { return nil })
			},
		} {
			if err := call(); !errors.Is(err, vending.ErrDenied) {
				t.Errorf("%s: got %v, want ErrDenied", name, err)
			}
		}
	}
	for _, b := range []vending.Bucket{{}, g.Bucket()} {
		for name, call := range map[string]func() error{
			"attrs":  func() error { _, err := b.Object("a").Attrs(ctx); return err },
			"read":   func() error { _, err := b.Object("a").NewReader(ctx); return err },
			"delete": func() error { return b.Object("a").Delete(ctx) },
			"write": func() error {
				w := b.Object("a").NewWriter(ctx)
				_, _ = io.WriteString(w, "x")
				return w.Close()
			},
			"list": func() error { _, err := b.Objects(ctx, &storage.Query{}).Next(); return err },
			"sign upload": func() error {
				_, err := b.SignUpload(ctx, "a", "text/plain", 1, time.Minute)
				return err
			},
			"sign download": func() error {
				_, err := b.SignDownload(ctx, "a", 1, "a.txt", "text/plain", time.Minute)
				return err
			},
		} {
			if err := call(); !errors.Is(err, vending.ErrDenied) {
				t.Errorf("%s: got %v, want ErrDenied", name, err)
			}
		}
	}
}

// gtransport.WithConnPool is documented as internal to Google's libraries. This is what we rely on:
// the client sends through the pool it is given, and fails rather than do otherwise.
func TestConnPoolContract(t *testing.T) {
	pool := new(recordingPool)
	client, err := firestore.NewClientWithDatabase(t.Context(), "p", "d", gtransport.WithConnPool(pool))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = client.Doc("users/u1").Get(t.Context())
	_, _ = client.Doc("users/u1").Delete(t.Context())
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	if pool.streams != 1 || pool.calls != 1 || pool.closed != 1 {
		t.Errorf("the pool saw %d streams, %d calls, %d closes; want one of each", pool.streams, pool.calls, pool.closed)
	}
	t.Setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
	if _, err := firestore.NewClientWithDatabase(t.Context(), "p", "d", gtransport.WithConnPool(pool)); err == nil {
		t.Error("with an emulator variable set the client would leave the pool aside")
	}
}

type recordingPool struct{ calls, streams, closed int }

var errRecorded = errors.New("recorded")

func (p *recordingPool) Invoke(context.Context, string, any, any, ...grpc.CallOption) error {
	p.calls++
	return errRecorded
}

func (p *recordingPool) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	p.streams++
	return nil, errRecorded
}
func (p *recordingPool) Conn() *grpc.ClientConn { return nil }
func (p *recordingPool) Num() int               { return 1 }
func (p *recordingPool) Close() error           { p.closed++; return nil }
