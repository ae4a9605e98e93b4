package storage_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials"
	admin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	gcs "cloud.google.com/go/storage"
	"go.etcd.io/bbolt"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub"
	"github.com/bulkhead-saas/bulkhead/localcloud/storage"
)

const (
	project  = "demo"
	tokenURI = "http://127.0.0.1:1/token" // nobody asks there
)

// clock is a time that tests move.
type clock struct {
	mu     sync.Mutex
	offset time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// cloud is a storage service and the IAM that it asks, both real, in one folder.
type cloud struct {
	t       *testing.T
	dir     string
	clock   *clock
	iam     *iam.Service
	db      *bbolt.DB
	pubsub  *pubsub.Service
	service *storage.Service
	server  *httptest.Server
	owner   []byte
	grpc    []option.ClientOption // how the owner calls IAM Admin and Pub/Sub, until the first restart
	admin   *admin.IamClient
}

func newCloud(t *testing.T) *cloud {
	c := &cloud{t: t, dir: t.TempDir(), clock: new(clock)}
	c.found()
	c.open()
	c.serveAdmin()
	t.Cleanup(c.close)
	return c
}

// founded is what every cloud begins with, an owner with a key: making one takes longer than most
// tests.
var founded struct {
	sync.Once
	db, owner []byte
}

func (c *cloud) found() {
	c.t.Helper()
	path := filepath.Join(c.dir, "cloud.db")
	founded.Do(func() {
		db, err := bbolt.Open(path, 0o600, nil)
		must(c.t, err)
		auth, err := iam.Open(iam.Config{DB: db, Project: project, TokenURI: tokenURI})
		must(c.t, err)
		founded.owner, err = auth.NewOwnerKey()
		must(c.t, errors.Join(err, db.Close()))
		founded.db, err = os.ReadFile(path)
		must(c.t, err)
	})
	must(c.t, os.WriteFile(path, founded.db, 0o600))
	c.owner = founded.owner
}

func (c *cloud) open() {
	c.t.Helper()
	var err error
	c.db, err = bbolt.Open(filepath.Join(c.dir, "cloud.db"), 0o600, &bbolt.Options{Timeout: time.Second})
	must(c.t, err)
	c.iam, err = iam.Open(iam.Config{DB: c.db, Project: project, TokenURI: tokenURI, Now: c.clock.now})
	must(c.t, err)
	c.pubsub, err = pubsub.Open(pubsub.Config{
		Dir:    filepath.Join(c.dir, "pubsub"),
		IAM:    c.iam,
		Now:    c.clock.now,
		Logger: slog.New(slog.DiscardHandler),
	})
	must(c.t, err)
	c.service, err = storage.Open(storage.Config{
		Dir:     filepath.Join(c.dir, "storage"),
		Project: project,
		IAM:     c.iam,
		PubSub:  c.pubsub,
		Now:     c.clock.now,
	})
	must(c.t, err)
	c.server = httptest.NewServer(c.service)
}

func (c *cloud) close() {
	c.server.Close()
	must(c.t, c.service.Close())
	must(c.t, c.pubsub.Close())
	must(c.t, c.db.Close())
}

// restart closes the service and opens it again on the same folder. Accounts keep their keys.
func (c *cloud) restart() {
	c.t.Helper()
	c.close()
	c.open()
}

// serveAdmin serves the IAM Admin API and connects to it as the owner.
func (c *cloud) serveAdmin() {
	c.iam.ServePolicies(c.pubsub.PolicyKinds()...)
	rules := c.iam.Rules()
	maps.Copy(rules, pubsub.Rules())
	srv := grpc.NewServer(grpc.UnaryInterceptor(c.iam.UnaryInterceptor(rules)), grpc.StreamInterceptor(c.iam.StreamInterceptor(rules)))
	c.iam.Register(srv)
	c.pubsub.Register(srv)
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	must(c.t, err)
	go srv.Serve(lis)
	c.t.Cleanup(srv.Stop)
	c.grpc = []option.ClientOption{
		option.WithEndpoint(lis.Addr().String()),
		option.WithAuthCredentials(c.credentials(c.owner)),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
	c.admin, err = admin.NewIamClient(context.Background(), c.grpc...)
	must(c.t, err)
	c.t.Cleanup(func() { c.admin.Close() })
}

// account makes an account and returns its e-mail address and a key.
func (c *cloud) account(id string) (email string, key []byte) {
	c.t.Helper()
	a, err := c.admin.CreateServiceAccount(c.t.Context(), &adminpb.CreateServiceAccountRequest{Name: "projects/" + project, AccountId: id})
	must(c.t, err)
	return a.Email, c.key(a.Email)
}

func (c *cloud) key(email string) []byte {
	c.t.Helper()
	k, err := c.admin.CreateServiceAccountKey(c.t.Context(), &adminpb.CreateServiceAccountKeyRequest{Name: "projects/" + project + "/serviceAccounts/" + email})
	must(c.t, err)
	return k.PrivateKeyData
}

func (c *cloud) credentials(key []byte) *auth.Credentials {
	c.t.Helper()
	creds, err := credentials.NewCredentialsFromJSON(credentials.ServiceAccount, key, &credentials.DetectOptions{
		Scopes:           []string{"https://www.googleapis.com/auth/cloud-platform"},
		UseSelfSignedJWT: true,
	})
	must(c.t, err)
	return creds
}

// client is Google's own, with that key.
func (c *cloud) client(key []byte, opts ...option.ClientOption) *gcs.Client {
	c.t.Helper()
	client, err := gcs.NewClient(context.Background(), append([]option.ClientOption{
		option.WithEndpoint(c.server.URL + "/storage/v1/"),
		option.WithAuthCredentials(c.credentials(key)),
	}, opts...)...)
	must(c.t, err)
	c.t.Cleanup(func() { client.Close() })
	return client
}

// bucket makes a bucket as the owner.
func (c *cloud) bucket(name string, attrs *gcs.BucketAttrs) *gcs.BucketHandle {
	c.t.Helper()
	b := c.client(c.owner).Bucket(name)
	must(c.t, b.Create(c.t.Context(), project, attrs))
	return b
}

// grant adds a binding to a bucket's policy, through the service.
func (c *cloud) grant(bucket *gcs.BucketHandle, email, role string) {
	c.t.Helper()
	h := bucket.IAM().V3()
	p, err := h.Policy(c.t.Context())
	must(c.t, err)
	p.Bindings = append(p.Bindings, &iampb.Binding{Role: role, Members: []string{"serviceAccount:" + email}})
	must(c.t, h.SetPolicy(c.t.Context(), p))
}

// tenant makes an account, its bucket, and the right of the one to the objects of the other.
func (c *cloud) tenant(id string) (email string, key []byte, bucket *gcs.BucketHandle) {
	c.t.Helper()
	email, key = c.account(id)
	owned := c.bucket(project+"-"+id, nil)
	c.grant(owned, email, "roles/storage.objectAdmin")
	return email, key, c.client(key).Bucket(project + "-" + id)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestMain(m *testing.M) {
	if dir := os.Getenv("STORAGE_TEST_SERVE"); dir != "" {
		serveUntilKilled(dir)
		return
	}
	os.Exit(m.Run())
}
