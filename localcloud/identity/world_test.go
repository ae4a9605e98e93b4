package identity_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	iamadmin "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/auth"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/identity"
	"go.etcd.io/bbolt"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

const project = "demo-project"

// world is a local IAM and Identity Platform on one HTTP server, with a clock of its own.
type world struct {
	t        *testing.T
	dir      string
	db       *bbolt.DB
	iam      *iam.Service
	identity *identity.Service
	server   *httptest.Server

	mu     sync.Mutex
	offset time.Duration

	ownerKey []byte
	admin    *iamadmin.IamClient
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			w.iam.Handler().ServeHTTP(rw, r)
			return
		}
		w.identity.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.server.Close)
	w.found()
	w.open()
	t.Cleanup(func() { w.db.Close() })

	srv := grpc.NewServer(grpc.UnaryInterceptor(w.iam.UnaryInterceptor(w.iam.Rules())))
	w.iam.Register(srv)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go srv.Serve(l)
	t.Cleanup(srv.Stop)
	w.admin, err = iamadmin.NewIamClient(t.Context(), option.WithEndpoint(l.Addr().String()),
		option.WithAuthCredentialsJSON(option.ServiceAccount, w.ownerKey),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.admin.Close() })
	return w
}

// founded is what every world begins with: an owner with a key, and the service's keys. Making them
// takes longer than most tests.
var founded struct {
	sync.Once
	tokenURI     string
	db, ownerKey []byte
}

func (w *world) found() {
	w.t.Helper()
	founded.Do(func() {
		w.open()
		var err error
		if founded.ownerKey, err = w.iam.NewOwnerKey(); err != nil {
			w.t.Fatal(err)
		}
		if err := errors.Join(w.identity.Close(), w.db.Close()); err != nil {
			w.t.Fatal(err)
		}
		if founded.db, err = os.ReadFile(w.file()); err != nil {
			w.t.Fatal(err)
		}
		founded.tokenURI = w.tokenURI()
	})
	if err := os.WriteFile(w.file(), founded.db, 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.ownerKey = bytes.ReplaceAll(founded.ownerKey, []byte(founded.tokenURI), []byte(w.tokenURI()))
}

func (w *world) file() string { return filepath.Join(w.dir, "cloud.db") }

func (w *world) tokenURI() string { return w.server.URL + "/token" }

func (w *world) open() {
	w.t.Helper()
	var err error
	if w.db, err = bbolt.Open(w.file(), 0o600, nil); err != nil {
		w.t.Fatal(err)
	}
	if w.iam, err = iam.Open(iam.Config{DB: w.db, Project: project, TokenURI: w.tokenURI()}); err != nil {
		w.t.Fatal(err)
	}
	w.identity, err = identity.Open(identity.Config{
		DB: w.db, Project: project, IAM: w.iam, Now: w.now, Logger: slog.New(slog.DiscardHandler),
		WeakPasswords: true, // but for their cost they are as all others
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// restart closes everything and opens it again from disk.
func (w *world) restart() {
	w.t.Helper()
	if err := errors.Join(w.identity.Close(), w.db.Close()); err != nil {
		w.t.Fatal(err)
	}
	w.open()
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.offset)
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offset += d
}

// account makes a service account with the given roles on the project, and returns its key.
func (w *world) account(id string, roles ...string) []byte {
	w.t.Helper()
	ctx := w.t.Context()
	sa, err := w.admin.CreateServiceAccount(ctx, &adminpb.CreateServiceAccountRequest{Name: "projects/" + project, AccountId: id})
	if err != nil {
		w.t.Fatal(err)
	}
	key, err := w.admin.CreateServiceAccountKey(ctx, &adminpb.CreateServiceAccountKeyRequest{Name: sa.Name})
	if err != nil {
		w.t.Fatal(err)
	}
	p, err := w.iam.Policy("projects/"+project, 3)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, role := range roles {
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: role, Members: []string{"serviceAccount:" + sa.Email}})
	}
	if _, err := w.iam.SetPolicy("projects/"+project, p); err != nil {
		w.t.Fatal(err)
	}
	return key.PrivateKeyData
}

// client is Google's own client, acting with the account of key.
func (w *world) client(key []byte) *auth.Client {
	w.t.Helper()
	conf, err := google.JWTConfigFromJSON(key, "https://www.googleapis.com/auth/identitytoolkit", "https://www.googleapis.com/auth/cloud-platform")
	if err != nil {
		w.t.Fatal(err)
	}
	base := &http.Client{Transport: toServer(w.server.URL)}
	hc := conf.Client(context.WithValue(w.t.Context(), oauth2.HTTPClient, base))
	app, err := firebase.NewApp(w.t.Context(), &firebase.Config{ProjectID: project},
		option.WithAuthCredentialsJSON(option.ServiceAccount, key), option.WithHTTPClient(hc))
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := app.Auth(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// tenant creates a tenant with password accounts and returns Google's client for it.
func (w *world) tenant(c *auth.Client, name string) *auth.TenantClient {
	w.t.Helper()
	t, err := c.TenantManager.CreateTenant(w.t.Context(), new(auth.TenantToCreate).DisplayName(name).AllowPasswordSignUp(true))
	if err != nil {
		w.t.Fatal(err)
	}
	tc, err := c.TenantManager.AuthForTenant(t.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return tc
}

func (w *world) user(tc *auth.TenantClient, uid, email, password string) {
	w.t.Helper()
	_, err := tc.CreateUser(w.t.Context(), new(auth.UserToCreate).UID(uid).Email(email).Password(password).DisplayName("Ann").EmailVerified(true))
	if err != nil {
		w.t.Fatal(err)
	}
}

// toServer sends requests for Google's hosts to the server at the address.
type toServer string

func (s toServer) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Host, ".googleapis.com") {
		u, err := url.Parse(string(s))
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host, r.Host = u.Scheme, u.Host, u.Host
	}
	return http.DefaultTransport.RoundTrip(r)
}

type object = map[string]any

// post calls the public REST with the API key and returns the status and the answer.
func (w *world) post(path string, body any) (int, object) {
	w.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.do("POST", path+"?key="+w.identity.APIKey(), "application/json", b, "")
}

func (w *world) do(method, path, contentType string, body []byte, authorization string) (int, object) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+path, bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	var v object
	if err := json.Unmarshal(b, &v); err != nil {
		w.t.Fatalf("%s %s: %d %q", method, path, resp.StatusCode, b)
	}
	return resp.StatusCode, v
}

// signIn signs in with a password and fails the test if that is refused.
func (w *world) signIn(tenant, email, password string) object {
	w.t.Helper()
	code, v := w.post("/v1/accounts:signInWithPassword", object{"email": email, "password": password, "tenantId": tenant, "returnSecureToken": true})
	if code != 200 {
		w.t.Fatalf("sign in: %d %v", code, v)
	}
	return v
}

func (w *world) withCustom(tenant, token string) (int, object) {
	w.t.Helper()
	return w.post("/v1/accounts:signInWithCustomToken", object{"token": token, "tenantId": tenant, "returnSecureToken": true})
}

func (w *world) refresh(token any) (int, object) {
	w.t.Helper()
	return w.post("/v1/token", object{"grant_type": "refresh_token", "refresh_token": token})
}

// message is the code a client would switch on.
func message(v object) string {
	e, _ := v["error"].(object)
	m, _ := e["message"].(string)
	m, _, _ = strings.Cut(m, " ")
	return m
}
