package inspection_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/api/iterator"

	"github.com/bulkhead-saas/bulkhead/internal/inspection"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/clienttoken"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/cloud"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/intake"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/sandbox"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

const (
	project = vendingtest.Project
	acme    = "tn-acme000001"
	globex  = "tn-globex0001"
)

// Programs that are built without the race detector, which takes more memory than a child may have.
var programs struct {
	sync.Mutex
	dir   string
	built map[string]string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if programs.dir != "" {
		_ = os.RemoveAll(programs.dir)
	}
	os.Exit(code)
}

func program(t testing.TB, pkg string) string {
	t.Helper()
	programs.Lock()
	defer programs.Unlock()
	if p := programs.built[pkg]; p != "" {
		return p
	}
	if programs.dir == "" {
		dir, err := os.MkdirTemp("", "inspection")
		must(t, err)
		programs.dir, programs.built = dir, map[string]string{}
	}
	to := filepath.Join(programs.dir, filepath.Base(pkg))
	c := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-overlay="+os.Getenv("MUTANT_OVERLAY"), "-o", to, pkg)
	c.Env = append(c.Environ(), "GOFLAGS=-trimpath", "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	programs.built[pkg] = to
	return to
}

// worker is a program that inspects one file, and does nothing else.
func worker(t testing.TB) string { return program(t, "./sandbox/testdata/child") }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is a cloud with Service B on it, and an issuer that signs as Identity Platform does.
type world struct {
	*vendingtest.World
	issuer *tenancytest.Issuer // nil: the cloud itself signs
	config inspection.Config
	log    *vendingtest.Buffer
}

// newWorld starts a cloud, and no service yet.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{World: vendingtest.Start(t), issuer: tenancytest.NewIssuer(t), log: new(vendingtest.Buffer)}
	w.config = w.configOf(t)
	return w
}

func (w *world) configOf(t testing.TB) inspection.Config {
	t.Helper()
	key, err := setup.NewKey(t.Context(), w.Owner, project, setup.Inspection)
	must(t, err)
	file := filepath.Join(t.TempDir(), "inspection.json")
	must(t, os.WriteFile(file, key, 0o600))
	identity := w.Endpoints.Identity
	if w.issuer != nil {
		identity = strings.TrimSuffix(w.issuer.CertificateURL(), "/certificates")
	}
	limits := intake.DefaultLimits()
	limits.Lease, limits.Sweep = 2*time.Second, 500*time.Millisecond
	return inspection.Config{
		Project: project, Account: setup.Inspection.Email(project), KeyFile: file,
		Database: setup.InspectionDatabase, Bucket: setup.InspectionBucket(project),
		Issuers:      inspection.Issuers{{Kind: clienttoken.IdentityPlatform, Project: project}},
		MaxFileBytes: 256 << 20, Retention: 24 * time.Hour, Worker: worker(t),
		FirestoreEndpoint: w.Endpoints.Firestore, StorageEndpoint: w.Endpoints.Storage, TokenEndpoint: w.Endpoints.Token,
		IdentityEndpoint: identity, Plaintext: true, Receiving: limits, Child: sandbox.DefaultLimits(),
	}
}

// service is a running service, as a client sees it.
type service struct {
	url   string
	world *world
	close func()
}

// start starts a service with the world's configuration, changed.
func (w *world) start(t testing.TB, change ...func(*inspection.Config)) *service {
	t.Helper()
	cfg := w.config
	for _, c := range change {
		c(&cfg)
	}
	s, err := inspection.New(t.Context(), cfg, slog.New(slog.NewTextHandler(w.log, nil)))
	must(t, err)
	server := httptest.NewServer(s.Handler())
	stop := sync.OnceFunc(func() {
		server.Close()
		if err := s.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	t.Cleanup(stop)
	return &service{server.URL, w, stop}
}

// claims are those of a token for B.
func (w *world) claims(tn, doc string) tenancytest.Claims {
	c := w.issuer.Claims("identity-"+tn, "user-1")
	return c.Set("tn", tn).Set("use", "inspection").Set("doc", doc)
}

func (w *world) token(tn, doc string) string { return w.issuer.Sign(w.claims(tn, doc)) }

// client is a client of a service with one credential.
type client struct {
	*service
	doc, credential string
}

func (s *service) client(tn, doc string) *client { return &client{s, doc, s.world.token(tn, doc)} }

// answer is what the service answered.
type answer struct {
	status int
	header http.Header
	body   string
}

// state is what it says of a generation, or a problem.
type state struct {
	State, Verdict, Reason, Code, Generation, Detail, Key, ID, About string
	Received, Size                                                   int64
	Deadline                                                         *time.Time
	Report                                                           *struct {
		Type, SHA256 string
		Findings     []struct{ Kind, At string }
		Text         *struct{ Words int }
		Image        *struct {
			Width     int
			Thumbnail []byte
		}
	}
}

func (a answer) state(t testing.TB) state {
	t.Helper()
	var s state
	if err := json.Unmarshal([]byte(a.body), &s); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return s
}

func (a answer) wants(t testing.TB, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// send sends a request below /v1/documents/{doc}.
func (c *client) send(t testing.TB, method, path, body string, headers ...string) answer {
	t.Helper()
	a, err := c.try(method, path, strings.NewReader(body), headers...)
	must(t, err)
	return a
}

func (c *client) try(method, path string, body io.Reader, headers ...string) (answer, error) {
	r, err := http.NewRequest(method, c.url+"/v1/documents/"+c.doc+path, body)
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Authorization", "Bearer "+c.credential)
	if r.ContentLength > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(text)}, err
}

func crc(content string) uint32 {
	return crc32.Checksum([]byte(content), crc32.MakeTable(crc32.Castagnoli))
}

func sha(content string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(content))) }

func (c *client) announce(t testing.TB, generation int64, content string) answer {
	t.Helper()
	return c.send(t, "PUT", fmt.Sprintf("/generations/%d", generation), fmt.Sprintf(`{"size":%d,"crc32c":%d,"name":"a.bin"}`, len(content), crc(content)))
}

// part sends the bytes of the content from one place to another.
func (c *client) part(t testing.TB, generation int64, content string, from, to int) answer {
	t.Helper()
	a, err := c.tryPart(generation, content, from, to)
	must(t, err)
	return a
}

func (c *client) tryPart(generation int64, content string, from, to int) (answer, error) {
	return c.try("PUT", fmt.Sprintf("/generations/%d/content", generation), strings.NewReader(content[from:to]),
		"Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(content)), "Content-Type", "application/octet-stream")
}

func (c *client) get(t testing.TB, generation int64) answer {
	t.Helper()
	return c.send(t, "GET", fmt.Sprintf("/generations/%d", generation), "")
}

// upload announces and sends content in parts, and returns what became of it.
func (c *client) upload(t testing.TB, generation int64, content string, part int) state {
	t.Helper()
	if s := c.announce(t, generation, content).state(t); s.State == "failed" {
		return s
	}
	for at := 0; at < len(content); at += part {
		c.part(t, generation, content, at, min(at+part, len(content))).wants(t, 200)
	}
	return c.ended(t, generation)
}

// ended waits for a final state.
func (c *client) ended(t testing.TB, generation int64) state {
	t.Helper()
	var s state
	waitFor(t, "a final state", func() bool {
		s = c.get(t, generation).wants(t, 200).state(t)
		return s.State == "done" || s.State == "failed"
	})
	return s
}

func waitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited for %s for a minute", what)
		}
	}
}

// clients are B's own, for a test that looks at what it keeps.
func (w *world) clients(t testing.TB) *cloud.Clients {
	t.Helper()
	c, err := cloud.Open(t.Context(), cloud.Config{
		Project: project, Database: w.config.Database, Bucket: w.config.Bucket, KeyFile: w.config.KeyFile, Account: w.config.Account,
		Endpoints: w.Endpoints,
	})
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	return c
}

// objects are the names of all that is in B's bucket.
func objects(t testing.TB, c *cloud.Clients) (names []string) {
	t.Helper()
	all := c.Bucket().Objects(t.Context(), nil)
	for {
		o, err := all.Next()
		if errors.Is(err, iterator.Done) {
			return names
		}
		must(t, err)
		names = append(names, o.Name)
	}
}

// documents is how many documents a collection group of B's database has.
func documents(t testing.TB, c *cloud.Clients, group string) int {
	t.Helper()
	all, err := c.Database().CollectionGroup(group).Documents(t.Context()).GetAll()
	must(t, err)
	return len(all)
}
