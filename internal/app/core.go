package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/kinds"
	"github.com/bulkhead-saas/bulkhead/internal/outbound"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/httpserver"
)

// What stopping may take. Together they stay below the ten seconds after which Cloud Run and App
// Engine kill a process.
const (
	drainTime = 3 * time.Second // requests under way; what is not done then is cut off
	closeTime = 5 * time.Second // what the ledger holds, and the connections
)

// core is what each role is made of. Its exported parts are for the program that owns it.
type core struct {
	Registry      *registry.Registry
	Policies      *authpolicies.Store
	Authenticator *tenancy.Authenticator
	Operators     *tenancy.Operators
	Machine       *vending.Machine
	Ledger        *ledger.Ledger
	Issuers       *issuer.Keys
	Settings      *authsettings.Service
	services

	handler     http.Handler
	keys        *sealing.Keys // of the role web
	outbound    *outbound.Client
	google      *identityplatform.Client
	drain       time.Duration // zero: drainTime
	revocations *tenancy.Revocations
	platform    *platform.Platform
	vault       *vault.Vault
	jobs        *queue.Store
	outbox      *vending.Outbox // nil: no events are published

	stop      context.CancelFunc // ends following
	following sync.WaitGroup
}

// open builds the parts for a process that runs as an account.
func (c *core) open(ctx context.Context, cfg Config, as serviceAccount, log *slog.Logger) (err error) {
	c.platform, err = platform.Open(ctx, platform.Config{
		Project:   cfg.Project,
		Endpoints: cfg.Endpoints(),
		KeyFile:   as.keyFile,
		Account:   as.email,
	})
	if err != nil {
		return err
	}

	verifier, err := tenancy.NewVerifier(tenancy.VerifierConfig{
		Project:        cfg.Project,
		CertificateURL: tenancy.GoogleCertificates,
		HTTPClient:     c.platform.HTTP(),
	})
	if err != nil {
		return err
	}
	c.jobs = queue.New(c.platform.Registry(), nil)
	c.Registry = registry.New(c.platform.Registry(), nil)
	c.revocations = tenancy.NewRevocations(c.platform.Registry(), nil)
	c.Policies = authpolicies.New(c.platform.Registry(), nil)
	if c.outbound, err = outbound.New(outbound.Config{Exceptions: cfg.OutboundExceptions}); err != nil {
		return err
	}
	if c.Issuers, err = issuer.NewKeys(issuer.KeysConfig{Client: c.outbound, Now: cfg.IssuersNow}); err != nil {
		return err
	}
	c.Authenticator = tenancy.NewAuthenticator(tenancy.Parts{
		Verifier: verifier, Registry: c.Registry, Revocations: c.revocations, Policies: c.Policies,
		Issuers: c.Issuers, Database: c.platform.Registry(),
	})
	c.Operators = tenancy.NewOperators(verifier, c.platform.Registry(), nil)

	if c.outbox, err = c.openOutbox(ctx, cfg); err != nil {
		return err
	}
	if err := c.openMachine(ctx, cfg, log); err != nil {
		return err
	}
	return c.openServices(cfg, log)
}

// openMachine builds the vending machine, and what it reads and writes.
func (c *core) openMachine(ctx context.Context, cfg Config, log *slog.Logger) error {
	reader, err := c.platform.Impersonate(ctx, cfg.VendingAccount)
	if err != nil {
		return err
	}
	c.vault, err = vault.Open(ctx, vault.Config{
		Endpoints:   cfg.Endpoints(),
		Credentials: reader,
		Buckets:     cfg.Vaults(),
	})
	if err != nil {
		return err
	}
	source, err := vault.OpenSource(cfg.Source(), cfg.Endpoints(), reader)
	if err != nil {
		return err
	}
	c.Ledger = ledger.New(c.platform.Registry(), log, nil)
	c.Machine, err = vending.NewMachine(vending.MachineConfig{
		Project:   cfg.Project,
		Endpoints: cfg.Endpoints(),
		Registry:  c.Registry,
		Vault:     c.vault,
		Source:    source,
		Ledger:    c.Ledger,
		Purposes:  kinds.Purposes(),
		Queue:     c.jobs,
		Outbox:    c.outbox,
		Quotas:    cfg.quotas(),
		Logger:    log,
	})
	return err
}

// openOutbox returns how events of files are published; nil if they are not.
func (c *core) openOutbox(ctx context.Context, cfg Config) (*vending.Outbox, error) {
	if cfg.EventsTopic == "" {
		return nil, nil
	}
	tickets, err := sealing.NewKeys([]byte(cfg.TicketKeyset))
	if err != nil {
		return nil, fmt.Errorf("BULKHEAD_TICKET_KEYSET: %w", err)
	}
	adapter, err := sealing.NewRecipient([]byte(cfg.AdapterKeyset))
	if err != nil {
		return nil, fmt.Errorf("BULKHEAD_ADAPTER_KEYSET: %w", err)
	}
	topic, err := c.platform.Topic(ctx, cfg.EventsTopic)
	if err != nil {
		return nil, err
	}
	return &vending.Outbox{Topic: topic, Tickets: events.NewTickets(tickets), Adapter: adapter}, nil
}

// Start hears of revocations for the first time, and follows them until Close. Nobody is let in
// before: without the feed every caller is refused. It fails if the control plane cannot be read.
func (c *core) Start(ctx context.Context) error {
	if err := c.revocations.Poll(ctx); err != nil {
		return fmt.Errorf("the control plane's database cannot be read: %w", err)
	}
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	c.following.Go(func() { _ = c.revocations.Run(following) }) // it ends when it is stopped, and not before
	return nil
}

// Serve serves on ln until ctx ends, then lets requests under way finish for at most 3 s and cuts
// off the others: a client that never sends the rest of its body keeps nothing from ending, and is
// no error. Start comes first.
func (c *core) Serve(ctx context.Context, ln net.Listener) error {
	server := httpserver.New(c.handler)
	serving := make(chan error, 1)
	go func() { serving <- server.Serve(httpserver.Framed(ln)) }()
	select {
	case err := <-serving:
		return err
	case <-ctx.Done():
	}
	grace, done := context.WithTimeout(context.WithoutCancel(ctx), cmp.Or(c.drain, drainTime))
	defer done()
	if c.Ledger != nil {
		go func() { _ = c.Ledger.Flush(grace) }() // a head start: Close writes what comes after
	}
	err := server.Shutdown(grace)
	if grace.Err() != nil {
		err = server.Close()
	}
	return err
}

// Close writes what the ledger still holds and releases the connections, in at most 5 s or as ctx
// says. It tolerates parts that were not built. With context.DeadlineExceeded something was not
// done in time, and goes with the process.
func (c *core) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, closeTime)
	defer cancel()
	closed := make(chan error, 1)
	go func() { closed <- c.close(ctx) }()
	select {
	case err := <-closed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *core) close(ctx context.Context) error {
	if c.stop != nil {
		c.stop()
		c.following.Wait()
	}
	var faults []error
	if c.Machine != nil {
		faults = append(faults, c.Machine.Close()) // reports its last counts to the ledger
	}
	if c.Ledger != nil {
		faults = append(faults, c.Ledger.Close(ctx))
	}
	if c.vault != nil {
		faults = append(faults, c.vault.Close())
	}
	if c.platform != nil {
		faults = append(faults, c.platform.Close())
	}
	return errors.Join(faults...)
}
