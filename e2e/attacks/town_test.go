package attacks_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	firebaseauth "firebase.google.com/go/v4/auth"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// town is a cloud with tenants on it, and the server that they share.
//
// A is the attacker, B the victim, C minds their own business; S is suspended, D deleted, P only
// half made. Twin is a person of both A and B: one user id, one address, one password.
type town struct {
	furnished map[string]string // identifiers of what B has, by kind
	*vendingtest.World
	*server
	began time.Time
	watch *watch
	log   *journal

	a, b, c, s   vendingtest.Tenant
	d, p         tenant.Tenant
	twinA, twinB vendingtest.Person
	operator     vendingtest.Operator

	file    string // an upload that A and B both have under this identifier
	theirs  string // one that B alone has
	keyA    apiKey
	keyB    apiKey
	secrets []string // what nobody but B may ever see
	said    *scroll  // every answer so far
}

// unlimited lets floods through: what a tenant's share is, is a story of its own.
var unlimited = door.Limits{Rate: 1e6, InFlight: 1e6, SignIns: 1e6}

func found(t *testing.T) *town {
	t.Helper()
	w := &town{World: vendingtest.Start(t), log: new(journal), said: new(scroll), began: time.Now().UTC()}
	w.a = w.Onboard(t, "acme", tenant.US)
	w.b = w.Onboard(t, "globex", tenant.EU)
	w.c = w.Onboard(t, "initech", tenant.Asia)
	w.Acme, w.Globex = w.a, w.b // where webtest.Kinds looks for them
	w.s = w.Onboard(t, "soylent", tenant.US)
	w.d, w.p = w.reserve(t, "dharma"), w.reserve(t, "piedpiper")
	w.operator = w.AddOperator(t, "olga@bulkhead.test")
	must(t, tenancytest.SetStatus(t.Context(), w.Registry, w.s.ID, tenant.Suspended))
	must(t, tenancytest.SetStatus(t.Context(), w.Registry, w.d.ID, tenant.Deleted))

	w.server = w.serve(t, unlimited)
	w.twinA, w.twinB = w.twin(t, w.a, "Twin of acme"), w.twin(t, w.b, w.secret("twin"))
	w.furnish(t)
	w.watch = follow(t, w.Cloud)
	return w
}

// reserve makes what the first step of an onboarding leaves.
func (w *town) reserve(t *testing.T, slug string) tenant.Tenant {
	t.Helper()
	s, err := tenant.ParseSlug(slug)
	must(t, err)
	half := tenant.Tenant{ID: tenant.NewID(), Slug: s, Name: slug, Region: tenant.US, Isolation: tenant.Silo}
	must(t, w.Registry.Reserve(t.Context(), half))
	half, err = w.Registry.ByID(t.Context(), half.ID)
	must(t, err)
	return half
}

// secret is a text that only B may see.
func (w *town) secret(what string) string {
	s := "CANARY-B-" + what + "-" + rand.Text()
	w.secrets = append(w.secrets, s)
	return s
}

// twin adds a person whose identifier, address and password are the same wherever they are added.
func (w *town) twin(t *testing.T, of vendingtest.Tenant, name string) vendingtest.Person {
	t.Helper()
	p := vendingtest.Person{Tenant: of.Tenant, Email: "twin@both.test", Password: "password-of-the-twin", Role: tenant.Editor}
	people, err := w.Web.Identity().TenantManager.AuthForTenant(of.IdentityTenant)
	must(t, err)
	account, err := people.CreateUser(t.Context(),
		new(firebaseauth.UserToCreate).UID("twin").Email(p.Email).EmailVerified(true).Password(p.Password))
	must(t, err)
	p.ID, err = tenant.ParseUserID(account.UID)
	must(t, err)
	_, err = users.NewRepository(w.Grant(t, of.Admin)).Add(t.Context(), users.User{
		ID: p.ID, Email: p.Email, Name: name, Role: p.Role, Status: users.Active,
	})
	must(t, err)
	return p
}

// furnish gives B people and files with secrets in them, and A a file of the same identifier as one
// of B's.
func (w *town) furnish(t *testing.T) {
	t.Helper()
	w.Add(t, w.b, strings.ToLower(w.secret("person"))+"@globex.test", tenant.Viewer)
	b := w.as(t, w.twinB)
	w.file = b.upload(w.secret("file")+".txt", w.secret("content"))
	w.theirs = b.upload(w.secret("file")+".txt", w.secret("content"))
	w.secrets = append(w.secrets, w.b.ID.String(), w.b.IdentityTenant, w.b.ServiceAccount, w.b.Database, w.b.Bucket,
		w.b.Admin.Email, w.b.Editor.Email, w.b.Viewer.Email, w.b.Admin.ID.String(), w.b.Editor.ID.String(), w.b.Viewer.ID.String())

	w.keyA = w.as(t, w.a.Admin).makeKey(t, "of acme")
	w.keyB = w.as(t, w.b.Admin).makeKey(t, w.secret("key"))
	w.secrets = append(w.secrets, w.keyB.ID, w.keyB.Key)
	for _, p := range []vendingtest.Person{w.b.Editor, w.b.Viewer} { // a first sign-in completes the account
		w.as(t, p)
	}

	theirs, err := w.database(t, w.b.Tenant).Collection("uploads").Doc(w.file).Get(t.Context())
	must(t, err)
	doc := theirs.Data()
	doc["name"] = "file of acme.txt"
	for _, name := range w.objectsOf(t, w.b.Tenant) {
		object := w.Owner.Storage().Bucket(w.a.Bucket).Object(name).NewWriter(t.Context())
		_, err := io.WriteString(object, "content of acme")
		must(t, err)
		must(t, object.Close())
		if strings.Contains(name, w.file) {
			doc["generation"] = object.Attrs().Generation
		}
	}
	_, err = w.database(t, w.a.Tenant).Collection("uploads").Doc(w.file).Set(t.Context(), doc)
	must(t, err)
}

// database is a tenant's, as the project's owner sees it.
func (w *town) database(t *testing.T, of tenant.Tenant) *firestore.Client {
	t.Helper()
	c, err := firestore.NewClientWithDatabase(t.Context(), vendingtest.Project, of.Database, localcloudtest.GRPC(w.Cloud, w.Cloud.OwnerKey())...)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	return ln
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// journal is a log that may be read while it is written.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

func (j *journal) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
