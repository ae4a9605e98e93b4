package iam_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials"
	admin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	resourcemanager "cloud.google.com/go/resourcemanager/apiv3"
	"go.etcd.io/bbolt"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

const (
	project       = "bulkhead-test"
	projectHolder = "projects/" + project
	cloudPlatform = "https://www.googleapis.com/auth/cloud-platform"
	firestoreAud  = "https://firestore.googleapis.com/"
)

// world is the package alone, served on loopback with a clock that the test moves.
type world struct {
	*iam.Service
	t        *testing.T
	dir      string
	db       *bbolt.DB
	grpcAddr string
	http     *httptest.Server
	ownerKey []byte
	owner    *admin.IamClient

	mu    sync.Mutex
	ahead time.Duration
}

func newWorld(t *testing.T, extend ...func(*grpc.Server, map[string]iam.Rule)) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	w.http = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.Handler().ServeHTTP(rw, r)
	}))
	t.Cleanup(w.http.Close)
	w.open()
	t.Cleanup(func() { w.db.Close() })
	var err error
	if w.ownerKey, err = w.NewOwnerKey(); err != nil {
		t.Fatal(err)
	}

	rules := w.Rules()
	g := grpc.NewServer(grpc.UnaryInterceptor(w.UnaryInterceptor(rules)), grpc.StreamInterceptor(w.StreamInterceptor(rules)))
	w.Register(g)
	for _, e := range extend {
		e(g, rules)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.grpcAddr = l.Addr().String()
	go g.Serve(l)
	t.Cleanup(g.Stop)
	w.owner = w.admin(w.ownerKey)
	return w
}

func (w *world) open() {
	w.t.Helper()
	var err error
	if w.db, err = bbolt.Open(filepath.Join(w.dir, "cloud.db"), 0o600, nil); err != nil {
		w.t.Fatal(err)
	}
	w.Service, err = iam.Open(iam.Config{
		DB: w.db, Project: project, TokenURI: w.http.URL + "/token", Now: w.now, DenialsFile: w.denialsFile(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// reopen forgets what is in memory and reads the database again. The gRPC server keeps the old
// service.
func (w *world) reopen() {
	w.t.Helper()
	if err := w.db.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open()
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.ahead)
}

// advance moves the cloud's clock. Clients keep the real one.
func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ahead += d
}

func (w *world) options(key []byte) []option.ClientOption {
	return []option.ClientOption{
		option.WithEndpoint(w.grpcAddr),
		option.WithAuthCredentialsJSON(option.ServiceAccount, key),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}

func (w *world) admin(key []byte) *admin.IamClient {
	w.t.Helper()
	c, err := admin.NewIamClient(w.t.Context(), w.options(key)...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close() })
	return c
}

func (w *world) projects(key []byte) *resourcemanager.ProjectsClient {
	w.t.Helper()
	c, err := resourcemanager.NewProjectsClient(w.t.Context(), w.options(key)...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close() })
	return c
}

// account makes an account, bound to the roles on the project.
func (w *world) account(id string, roles ...string) *adminpb.ServiceAccount {
	w.t.Helper()
	a, err := w.owner.CreateServiceAccount(w.t.Context(), &adminpb.CreateServiceAccountRequest{Name: projectHolder, AccountId: id})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, role := range roles {
		w.bind(projectHolder, &iampb.Binding{Role: role, Members: []string{"serviceAccount:" + a.Email}})
	}
	return a
}

// bind adds bindings to a holder's policy.
func (w *world) bind(holder string, bindings ...*iampb.Binding) {
	w.t.Helper()
	p, err := w.Policy(holder, 3)
	if err != nil {
		w.t.Fatal(err)
	}
	p.Version = 3
	p.Bindings = append(p.Bindings, bindings...)
	if _, err := w.SetPolicy(holder, p); err != nil {
		w.t.Fatal(err)
	}
}

// key makes a key of the account and returns its file.
func (w *world) key(a *adminpb.ServiceAccount) (name string, file []byte) {
	w.t.Helper()
	k, err := w.owner.CreateServiceAccountKey(w.t.Context(), &adminpb.CreateServiceAccountKeyRequest{Name: a.Name})
	if err != nil {
		w.t.Fatal(err)
	}
	return k.Name, k.PrivateKeyData
}

// authorization is the header of a client that holds the key file and signs its own JWTs, or
// exchanges them.
func (w *world) authorization(key []byte, selfSigned bool) string {
	w.t.Helper()
	c, err := credentials.NewCredentialsFromJSON(credentials.ServiceAccount, key, &credentials.DetectOptions{
		UseSelfSignedJWT: selfSigned,
		Scopes:           []string{cloudPlatform},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return bearer(w.t, c)
}

func bearer(t *testing.T, c *auth.Credentials) string {
	t.Helper()
	token, err := c.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + token.Value
}

// toWorld is an HTTP client whose requests for Google's addresses arrive at the world.
func (w *world) toWorld(authorization string) *http.Client {
	u, err := url.Parse(w.http.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	return &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host = u.Scheme, u.Host
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		return http.DefaultTransport.RoundTrip(r)
	})}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// post sends a JSON document and returns the answer.
func (w *world) post(path, authorization, body string) (int, string) {
	w.t.Helper()
	res, err := w.toWorld(authorization).Post("https://iamcredentials.googleapis.com"+path, "application/json", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// authenticate asks the service as a Firestore would.
func (w *world) authenticate(authorization string) (iam.Caller, error) {
	return w.Authenticate(context.Background(), authorization, firestoreAud)
}

// database is a Firestore database of the project, as a resource.
func database(id string) iam.Resource {
	return iam.Resource{
		Service: "firestore.googleapis.com",
		Type:    "firestore.googleapis.com/Database",
		Name:    projectHolder + "/databases/" + id,
		Holders: []string{projectHolder},
	}
}

func wantCode(t *testing.T, what string, err error, want codes.Code) {
	t.Helper()
	if got := status.Code(err); got != want {
		t.Errorf("%s: %v, want code %s", what, err, want)
	}
}
