package apptest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/inspection"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/clienttoken"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/intake"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/sandbox"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/sealing/sealingtest"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Site is all that runs on a cloud, each process as its own account alone: the application in its
// roles web and worker, the Adapter, and Service B. Pub/Sub pushes between them.
type Site struct {
	World   *vendingtest.World
	Web     string // origins
	Worker  Worker
	Adapter string
	B       string

	mu     sync.Mutex
	before http.HandlerFunc // sees each request to Service B first; nil: nobody does
	after  func(r *http.Request, status int)

	config app.Config // of the Adapter
	later  atomic.Int64

	// Processes of their own, by their roles, and "inspection" for Service B. Empty: none is.
	Processes map[string]*Process
}

// InspectionRole names Service B among the processes of a site.
const InspectionRole = "inspection"

// Later moves the Adapter's clock ahead of everybody else's.
func (s *Site) Later(by time.Duration) { s.later.Store(int64(by)) }

// StartSite runs everything on the world's cloud until the test ends. change changes the
// configuration of Service B.
func StartSite(t testing.TB, w *vendingtest.World, change ...func(*inspection.Config)) *Site {
	t.Helper()
	s := &Site{World: w}
	s.start(t, func(cfg inspection.Config) string { return s.startB(t, cfg) }, change...)
	return s
}

// StartApart is StartSite with Service B as a process of its own. BeforeB does nothing there.
func StartApart(t testing.TB, w *vendingtest.World) *Site {
	t.Helper()
	s := &Site{World: w}
	s.start(t, func(cfg inspection.Config) string { return startInspection(t, cfg).Origin })
	return s
}

// StartProcesses is StartApart with the worker and the Adapter as processes of their own too, for a
// package that calls Main. Later does nothing there.
func StartProcesses(t testing.TB, w *vendingtest.World, change ...func(*inspection.Config)) *Site {
	t.Helper()
	s := &Site{World: w, Processes: map[string]*Process{}}
	s.start(t, func(cfg inspection.Config) string {
		cfg.Addr = freeAddress(t)
		s.Processes[InspectionRole] = startInspection(t, cfg)
		return s.Processes[InspectionRole].Origin
	}, change...)
	return s
}

// freeAddress is an address that nobody listens at.
func freeAddress(t testing.TB) string {
	t.Helper()
	ln := listen(t)
	defer ln.Close()
	return ln.Addr().String()
}

// serve runs a server of a role, in this process or in one of its own, and returns its origin.
func (s *Site) serve(t testing.TB, ln net.Listener, cfg app.Config, role string) string {
	t.Helper()
	if s.Processes == nil {
		return serve(t, ln, cfg, role)
	}
	must(t, ln.Close())
	cfg.Addr = ln.Addr().String()
	s.Processes[role] = startRole(t, cfg, role)
	return s.Processes[role].Origin
}

// start runs everything, and Service B by startB.
func (s *Site) start(t testing.TB, startB func(inspection.Config) string, change ...func(*inspection.Config)) {
	t.Helper()
	w := s.World
	cfg := config(w)
	cfg.EventsTopic, cfg.AdapterKeyset, cfg.TicketKeyset = setup.UploadsTopic, w.AdapterKeyset, w.TicketKeyset
	cfg.MaxUploadBytes = 1 << 30

	web := listen(t)
	webCfg := cfg
	webCfg.PublicURL, webCfg.SealingKeyset = origin(web), aeadKeys(t)
	webCfg.WebAccount, webCfg.WebKeyFile = setup.Web.Email(vendingtest.Project), keyFile(t, w, setup.Web)
	webCfg.Limits = door.DefaultLimits()
	webCfg.Limits.Guesses = 0 // attacks guess a lot from one address
	s.Web = serve(t, web, webCfg, app.RoleWeb)

	worker := listen(t)
	workerCfg := cfg
	workerCfg.PublicURL, workerCfg.WebURL = origin(worker), s.Web
	workerCfg.WorkerKeyFile = keyFile(t, w, setup.Worker)
	s.Worker = Worker{s.serve(t, worker, workerCfg, app.RoleWorker), w}

	inspecting := s.configOfB(t)
	for _, c := range change {
		c(&inspecting)
	}
	s.B = startB(inspecting)

	adapter := listen(t)
	s.config = cfg
	s.config.PublicURL, s.config.WorkerURL, s.config.InspectionURL = origin(adapter), s.Worker.Origin, s.B
	s.config.AdapterKeyFile = keyFile(t, w, setup.Forwarding)
	s.config.HandoverKeyset, s.config.SealingKeyset, s.config.InspectionsTopic = w.HandoverKeyset, aeadKeys(t), setup.InspectionsTopic
	s.config.AdapterNow = func() time.Time { return time.Now().Add(time.Duration(s.later.Load())) }
	s.Adapter = s.serve(t, adapter, s.config, app.RoleAdapter)

	must(t, setup.Deliver(t.Context(), w.Owner, vendingtest.Project,
		setup.Subscription{ID: "buckets-worker", Topic: setup.BucketsTopic, Address: s.Worker.Origin + app.ObjectsPath},
		setup.Subscription{ID: "inspections-worker", Topic: setup.InspectionsTopic, Address: s.Worker.Origin + app.InspectionsPath},
	))
	s.Plug(t)
}

// Plug plugs the Adapter in: what waits for it is pushed.
func (s *Site) Plug(t testing.TB) {
	t.Helper()
	must(t, setup.Deliver(t.Context(), s.World.Owner, vendingtest.Project,
		setup.Subscription{ID: setup.AdapterSubscription, Topic: setup.UploadsTopic, Address: s.Adapter + app.UploadsPath}))
}

// Unplug unplugs the Adapter: nothing is pushed to it, and what is published waits.
func (s *Site) Unplug(t testing.TB) {
	t.Helper()
	must(t, setup.Unplug(t.Context(), s.World.Owner, vendingtest.Project, setup.AdapterSubscription))
}

// SecondAdapter runs another process of the Adapter, which nothing is pushed to, and returns its
// origin.
func (s *Site) SecondAdapter(t testing.TB) string {
	t.Helper()
	ln := listen(t)
	cfg := s.config
	cfg.PublicURL = origin(ln)
	return serve(t, ln, cfg, app.RoleAdapter)
}

// BeforeB has every request to Service B go through h first, which may answer it; nil: no more.
func (s *Site) BeforeB(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = h
}

// AfterB has f told of every answer of Service B; nil: no more.
func (s *Site) AfterB(f func(r *http.Request, status int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after = f
}

// answered notes what a handler has answered.
type answered struct {
	http.ResponseWriter
	status int // 0: nothing yet
}

func (a *answered) WriteHeader(status int) {
	a.status = cmp.Or(a.status, status)
	a.ResponseWriter.WriteHeader(status)
}

func (a *answered) Write(p []byte) (int, error) {
	a.status = cmp.Or(a.status, http.StatusOK)
	return a.ResponseWriter.Write(p)
}

// Unwrap is for http.NewResponseController.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// configOfB is Service B's configuration.
func (s *Site) configOfB(t testing.TB) inspection.Config {
	t.Helper()
	w := s.World
	limits := intake.DefaultLimits()
	return inspection.Config{
		Project: vendingtest.Project, Account: setup.Inspection.Email(vendingtest.Project), KeyFile: keyFile(t, w, setup.Inspection),
		Database: setup.InspectionDatabase, Bucket: setup.InspectionBucket(vendingtest.Project),
		Issuers:      inspection.Issuers{{Kind: clienttoken.IdentityPlatform, Project: vendingtest.Project}},
		MaxFileBytes: 2 << 30, Retention: limits.Retention, Worker: inspectionProgram(t),
		FirestoreEndpoint: w.Endpoints.Firestore, StorageEndpoint: w.Endpoints.Storage, TokenEndpoint: w.Endpoints.Token,
		IdentityEndpoint: w.Endpoints.Identity, Plaintext: true, Receiving: limits, Child: sandbox.DefaultLimits(),
	}
}

// startB runs Service B in this process and returns its origin.
func (s *Site) startB(t testing.TB, cfg inspection.Config) string {
	t.Helper()
	b, err := inspection.New(t.Context(), cfg, slog.New(slog.DiscardHandler))
	must(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		before, after := s.before, s.after
		s.mu.Unlock()
		a := &answered{ResponseWriter: rw}
		if before != nil {
			if before(a, r); a.status != 0 {
				return
			}
		}
		b.Handler().ServeHTTP(a, r)
		if after != nil {
			after(r, a.status)
		}
	}))
	t.Cleanup(func() {
		server.Close()
		must(t, b.Close(context.Background()))
	})
	return server.URL
}

// config is what all roles of the application have in common on the world's cloud.
func config(w *vendingtest.World) app.Config {
	at, project := w.Endpoints, vendingtest.Project
	return app.Config{
		DNS: w.Cloud.Endpoints().DNS, DevelopmentDomains: true,
		WebURL: "https://app.bulkhead.test", SMTP: w.Cloud.Endpoints().SMTP, MailFrom: "Bulkhead <bulkhead@bulkhead.test>",
		Addr: "127.0.0.1:0", Project: project, IdentityAPIKey: w.Cloud.APIKey(),
		WorkerAccount:  setup.Worker.Email(project),
		TickAccount:    setup.Tick.Email(project),
		PushAccount:    setup.Push.Email(project),
		AdapterAccount: setup.Forwarding.Email(project),
		VendingAccount: setup.Vending.Email(project),
		VaultUS:        w.Vaults[1], VaultEU: w.Vaults[2], VaultAsia: w.Vaults[3],
		MaxUploadBytes:    1,
		FirestoreEndpoint: at.Firestore, StorageEndpoint: at.Storage, IdentityEndpoint: at.Identity,
		TokenEndpoint: at.Token, IAMEndpoint: at.IAM, ResourceEndpoint: at.ResourceManager,
		IAMCredentialsEndpoint: at.IAMCredentials, PubSubEndpoint: at.PubSub, Plaintext: true,
	}
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	return ln
}

func origin(ln net.Listener) string { return "http://" + ln.Addr().String() }

// serve runs a server of a role until the test ends, and returns its origin.
func serve(t testing.TB, ln net.Listener, cfg app.Config, role string) string {
	t.Helper()
	cfg.Role = role
	server, err := app.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	must(t, err)
	must(t, server.Start(t.Context()))
	serving, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- server.Serve(serving, ln) }()
	t.Cleanup(func() {
		stop()
		must(t, errors.Join(<-served, server.Close(context.Background())))
	})
	return origin(ln)
}

func keyFile(t testing.TB, w *vendingtest.World, a setup.Account) string {
	t.Helper()
	key, err := setup.NewKey(t.Context(), w.Owner, vendingtest.Project, a)
	must(t, err)
	file := filepath.Join(t.TempDir(), string(a)+".json")
	must(t, os.WriteFile(file, key, 0o600))
	return file
}

func aeadKeys(t testing.TB) string {
	t.Helper()
	return string(sealingtest.KeySets(t, aead.AES256GCMKeyTemplate())[0])
}

// Push sends a message as Pub/Sub pushes it, in the name of an account, and returns the answer.
func (s *Site) Push(t testing.TB, as setup.Account, address string, data []byte, attributes map[string]string) (status int, body map[string]any) {
	t.Helper()
	token, err := s.World.Cloud.IAM().IDToken(as.Email(vendingtest.Project), address)
	must(t, err)
	return s.PushWith(t, token, address, data, attributes)
}

// PushWith is Push with any token.
func (s *Site) PushWith(t testing.TB, token, address string, data []byte, attributes map[string]string) (status int, body map[string]any) {
	t.Helper()
	envelope, err := json.Marshal(map[string]any{
		"message":      map[string]any{"messageId": rand.Text(), "data": data, "attributes": attributes},
		"subscription": "projects/" + vendingtest.Project + "/subscriptions/test",
	})
	must(t, err)
	return s.Post(t, token, address, envelope)
}

// Post sends JSON with a bearer token and returns the answer.
func (s *Site) Post(t testing.TB, token, address string, text []byte) (status int, body map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader(text))
	must(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		must(t, json.NewDecoder(answer.Body).Decode(&body))
	}
	return answer.StatusCode, body
}
