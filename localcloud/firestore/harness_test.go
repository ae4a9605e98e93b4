package firestore_test

import (
	"context"
	"net"
	"testing"

	client "cloud.google.com/go/firestore"
	apiadmin "cloud.google.com/go/firestore/apiv1/admin"
	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
)

const (
	project      = "test-project"
	mainDatabase = "projects/" + project + "/databases/main"
)

// cloud is a running server and connections to it.
type cloud struct {
	t      *testing.T
	server *firestore.Server
	conn   *grpc.ClientConn
}

// start starts a server on the folder. It stops with the test, or by stop.
func start(t *testing.T, dir string) (c *cloud, stop func()) {
	t.Helper()
	return startWith(t, firestore.Config{Dir: dir})
}

// startWith is start with a configuration that names a folder.
func startWith(t *testing.T, cfg firestore.Config) (c *cloud, stop func()) {
	t.Helper()
	cfg.Project = project
	server, err := firestore.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer(grpc.MaxRecvMsgSize(firestore.MaxRequestBytes))
	server.Register(g)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go g.Serve(listener)
	c = dial(t, listener.Addr().String())
	c.server = server
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		c.conn.Close()
		g.Stop()
		if err := server.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	t.Cleanup(stop)
	return c, stop
}

// dial connects to a server.
func dial(t *testing.T, address string) *cloud {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	return &cloud{t: t, conn: conn}
}

// fresh starts a server on a new folder with the database "main", and returns Google's client for
// that.
func fresh(t *testing.T) (*cloud, *client.Client) {
	t.Helper()
	c, _ := start(t, t.TempDir())
	c.create("main")
	return c, c.client("main")
}

// freely is fresh with a server that runs every query, whatever indexes there are.
func freely(t *testing.T) (*cloud, *client.Client) {
	t.Helper()
	c, _ := startWith(t, firestore.Config{Dir: t.TempDir(), Indexes: firestore.IndexesOff})
	c.create("main")
	return c, c.client("main")
}

// client returns Google's client for a database.
func (c *cloud) client(database string) *client.Client {
	c.t.Helper()
	cl, err := client.NewClientWithDatabase(context.Background(), project, database, option.WithGRPCConn(c.conn))
	if err != nil {
		c.t.Fatal(err)
	}
	return cl
}

// admin returns Google's client for the Admin API.
func (c *cloud) admin() *apiadmin.FirestoreAdminClient {
	c.t.Helper()
	cl, err := apiadmin.NewFirestoreAdminClient(context.Background(), option.WithGRPCConn(c.conn))
	if err != nil {
		c.t.Fatal(err)
	}
	return cl
}

// raw returns the generated client, for requests that Google's client would not send.
func (c *cloud) raw() firestorepb.FirestoreClient { return firestorepb.NewFirestoreClient(c.conn) }

// create creates a database.
func (c *cloud) create(id string) {
	c.t.Helper()
	op, err := c.admin().CreateDatabase(context.Background(), &adminpb.CreateDatabaseRequest{
		Parent:     "projects/" + project,
		DatabaseId: id,
		Database:   &adminpb.Database{LocationId: "nam5", Type: adminpb.Database_FIRESTORE_NATIVE},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := op.Wait(context.Background()); err != nil {
		c.t.Fatal(err)
	}
}

// mustCode fails the test unless err has the code.
func mustCode(t *testing.T, err error, want codes.Code) {
	t.Helper()
	if got := status.Code(err); got != want {
		t.Fatalf("got %v (%v), want %v", got, err, want)
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// together commits writes in one commit.
func together(db *client.Client, writes ...func(*client.Transaction) error) error {
	return db.RunTransaction(ctx, func(_ context.Context, tx *client.Transaction) error {
		for _, w := range writes {
			if err := w(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

func set(doc *client.DocumentRef, data map[string]any) func(*client.Transaction) error {
	return func(tx *client.Transaction) error { return tx.Set(doc, data) }
}
