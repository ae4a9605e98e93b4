// Package vendingtest starts what tests of tenants need: a local cloud that enforces IAM, the
// platform's accounts on it, and two onboarded tenants with people who can sign in. Nothing in it
// is a stand-in: tokens are issued and verified, keys are read from the vault, and the cloud says
// no.
package vendingtest

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/kinds"
	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/onboarding"
	"github.com/bulkhead-saas/bulkhead/internal/outbound"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// Project is the local project's id.
const Project = "bulkhead-test"

// Origin is the application's origin, as the tenants' buckets know it.
const Origin = "http://app.test"

// World is a running cloud with a platform on it. Its fields are the parts that package app would
// wire.
type World struct {
	Cloud     *localcloud.Cloud
	Endpoints gcloud.Endpoints
	Vaults    map[tenant.Region]string

	Owner *platform.Platform // of the project's owner
	Web   *platform.Platform // of web@
	Jobs  *platform.Platform // of jobs@

	Registry      *registry.Registry
	Revocations   *tenancy.Revocations
	Authenticator *tenancy.Authenticator
	Operators     *tenancy.Operators
	Policies      *authpolicies.Store
	Outbound      *outbound.Client // the one exception is where the cloud's OpenID providers are
	Issuers       *issuer.Keys
	Onboarding    onboarding.Config
	Vault         *vault.Vault // with vending@'s credentials: read only
	Ledger        *ledger.Ledger
	OwnLedger     tenancy.OwnLedger
	Desk          *tenancy.Desk
	Queue         *queue.Store // of the control plane
	Source        vault.Source // how vending@ acts as a tenant
	Outbox        *vending.Outbox
	Machine       *vending.Machine

	// The key sets of events, as the configuration has them.
	TicketKeyset, AdapterKeyset string
	HandoverKeyset              string // the Adapter's own

	Acme, Globex Tenant

	verifier    *tenancy.Verifier
	providers   []string // origins
	dir         string
	credentials string // the name of the source
	idle        time.Duration
	log         Buffer
}

// Option changes the world that Start starts.
type Option func(*World)

// Keyless makes a world whose tenants have no keys: their accounts are impersonated.
func Keyless(w *World) { w.credentials = "impersonation" }

// Providers lets the world call these origins, where tests run the tenants' own providers.
func Providers(origins ...string) Option { return func(w *World) { w.providers = origins } }

// IdleTransactions has the world's transactions expire that are unused for so long.
func IdleTransactions(after time.Duration) Option { return func(w *World) { w.idle = after } }

// EachSource runs a test in two worlds, one for each source of credentials.
func EachSource(t *testing.T, start func(testing.TB, ...Option) *World, test func(*testing.T, *World)) {
	t.Run("keyfile", func(t *testing.T) { test(t, start(t)) })
	t.Run("impersonation", func(t *testing.T) { test(t, start(t, Keyless)) })
}

// EachIsolation runs a test in two worlds of two tenants: each in a silo of its own, and both in
// one pool.
func EachIsolation(t *testing.T, test func(*testing.T, *World)) {
	t.Run("silo", func(t *testing.T) { test(t, TwoTenants(t)) })
	t.Run("pool", func(t *testing.T) { test(t, TwoPooled(t)) })
}

// Start starts a cloud in a folder of the test's own, sets the project up, and wires the platform.
// There are no tenants yet. Everything is closed when the test ends.
func Start(tb testing.TB, options ...Option) *World {
	tb.Helper()
	w := &World{dir: tb.TempDir(), credentials: "keyfile"}
	for _, option := range options {
		option(w)
	}
	quiet := slog.New(slog.DiscardHandler)
	cloud, err := localcloud.Start(tb.Context(), localcloudtest.Cheap(localcloud.Config{
		Dir: filepath.Join(w.dir, "cloud"), Project: Project, Logger: quiet, IdleTransactions: w.idle,
	}))
	must(tb, err)
	tb.Cleanup(func() { must(tb, cloud.Close()) })
	at := cloud.Endpoints()
	w.Cloud = cloud
	w.Endpoints = gcloud.Endpoints{
		Firestore: at.GRPC, Storage: at.Storage, Identity: at.Identity, Token: at.Token,
		IAM: at.GRPC, ResourceManager: at.GRPC, Scheduler: at.GRPC, IAMCredentials: at.Identity, PubSub: at.GRPC,
	}
	project := setup.Default(Project)
	w.Vaults = project.Vaults

	w.Owner = w.open(tb, "owner", cloud.OwnerKey())
	must(tb, setup.Run(tb.Context(), w.Owner, project))
	w.Web = w.Open(tb, setup.Web)
	w.Jobs = w.Open(tb, setup.Jobs)
	w.wire(tb, slog.New(slog.NewJSONHandler(&w.log, nil)))
	return w
}

// wire does what package app does.
func (w *World) wire(tb testing.TB, log *slog.Logger) {
	tb.Helper()
	var err error
	w.verifier, err = tenancy.NewVerifier(tenancy.VerifierConfig{
		Project:        Project,
		CertificateURL: "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com",
		HTTPClient:     w.Web.HTTP(),
	})
	must(tb, err)
	w.Revocations = tenancy.NewRevocations(w.Web.Registry(), nil)
	w.Policies = authpolicies.New(w.Web.Registry(), nil)
	w.Outbound, err = outbound.New(outbound.Config{
		Exceptions: append([]string{w.Cloud.Endpoints().Providers}, w.providers...),
	})
	must(tb, err)
	w.Issuers, err = issuer.NewKeys(issuer.KeysConfig{Client: w.Outbound})
	must(tb, err)
	w.Operators = tenancy.NewOperators(w.verifier, w.Web.Registry(), nil)
	w.follow(tb)
	w.Forget()

	reader, err := w.Web.Impersonate(tb.Context(), setup.Vending.Email(Project))
	must(tb, err)
	w.Vault = w.vault(tb, vault.Config{Endpoints: w.Endpoints, Credentials: reader, Buckets: w.Vaults})
	w.Source, err = vault.OpenSource(w.credentials, w.Endpoints, reader)
	must(tb, err)
	w.Ledger = ledger.New(w.Web.Registry(), log, nil)
	tb.Cleanup(func() { must(tb, w.Ledger.Close(context.Background())) })
	w.Queue = queue.New(w.Web.Registry(), nil)
	w.OwnLedger, w.Desk = tenancy.NewOwnLedger(w.Ledger), tenancy.NewDesk(w.Ledger, w.Queue)
	w.openOutbox(tb)
	w.Machine = w.NewMachine(tb, vending.MachineConfig{Logger: log})

	maker, err := vault.OpenSource(w.credentials, w.Endpoints, w.Jobs.Credentials())
	must(tb, err)
	w.Onboarding = onboarding.Config{
		Project:   Project,
		Endpoints: w.Endpoints,
		Platform:  w.Jobs,
		Registry:  registry.New(w.Jobs.Registry(), nil),
		Queue:     queue.New(w.Jobs.Registry(), nil),
		Vault: w.vault(tb, vault.Config{
			Endpoints: w.Endpoints, Credentials: w.Jobs.Credentials(), Buckets: w.Vaults,
		}),
		Source:         maker,
		VendingAccount: setup.Vending.Email(Project),
		JobsAccount:    setup.Jobs.Email(Project),

		Origins:  []string{Origin},
		Patience: 5 * time.Second,
		Logger:   log,
	}
}

// NewMachine returns another machine on the same cloud. What cfg leaves empty is the world's.
func (w *World) NewMachine(tb testing.TB, cfg vending.MachineConfig) *vending.Machine {
	tb.Helper()
	cfg.Project, cfg.Endpoints = Project, w.Endpoints
	if cfg.Registry == nil {
		cfg.Registry = w.Registry
	}
	if cfg.Vault == nil {
		cfg.Vault = w.Vault
	}
	if cfg.Source == nil {
		cfg.Source = w.Source
	}
	if cfg.Ledger == nil {
		cfg.Ledger = w.Ledger
	}
	if cfg.Queue == nil {
		cfg.Queue = w.Queue
	}
	if cfg.Outbox == nil {
		cfg.Outbox = w.Outbox
	}
	if cfg.Purposes == nil {
		cfg.Purposes = kinds.Purposes()
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	m, err := vending.NewMachine(cfg)
	must(tb, err)
	tb.Cleanup(func() { must(tb, m.Close()) })
	return m
}

// Elsewhere returns the authenticator of another process, which has just heard of all revocations
// and hears of no later ones.
func (w *World) Elsewhere(tb testing.TB) *tenancy.Authenticator {
	tb.Helper()
	heard := tenancy.NewRevocations(w.Web.Registry(), nil)
	must(tb, heard.Poll(tb.Context()))
	return tenancy.NewAuthenticator(tenancy.Parts{
		Verifier: w.verifier, Registry: w.Registry, Revocations: heard,
		Database: w.Web.Registry(),
	})
}

// follow follows the revocation feed until the test ends.
func (w *World) follow(tb testing.TB) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = w.Revocations.Run(ctx)
	}()
	tb.Cleanup(func() {
		stop()
		<-done
	})
}

func (w *World) vault(tb testing.TB, cfg vault.Config) *vault.Vault {
	tb.Helper()
	v, err := vault.Open(tb.Context(), cfg)
	must(tb, err)
	tb.Cleanup(func() { must(tb, v.Close()) })
	return v
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// Log is what the platform has logged so far.
func (w *World) Log() string { return w.log.String() }

// Buffer is a buffer for several writers, such as a log.
type Buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Asked returns what the cloud was asked since the given moment, newest first: each permission, by
// whom, on what, and whether it was allowed. It remembers the last thousand.
func (w *World) Asked(since time.Time) []iam.Decision {
	all := w.Cloud.IAM().Decisions(1000)
	for i, d := range all {
		if d.Time.Before(since) {
			return all[:i]
		}
	}
	return all
}

// Forget gives the world's web role a registry that remembers nothing, as a new process has: what
// onboarding writes, the other would see within 5 s.
func (w *World) Forget() {
	w.Registry = registry.New(w.Web.Registry(), nil)
	w.Authenticator = tenancy.NewAuthenticator(tenancy.Parts{
		Verifier: w.verifier, Registry: w.Registry, Revocations: w.Revocations, Policies: w.Policies,
		Issuers: w.Issuers, Database: w.Web.Registry(),
	})
}
