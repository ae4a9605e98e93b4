// Package app is the one place that wires everything: a Config becomes a running server. cmd/server, cmd/dev and the
// whole-system tests all start here, so what is tested is what runs.
//
// Construction reads from the bottom up: the platform account's clients, then who is calling (tenancy), then what they may
// touch (vending), then sign-in (identity), then the pages and the API (web).
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// shutdownGrace is how long requests in flight may take to finish once the server is told to stop.
const shutdownGrace = 10 * time.Second

// App is a wired server. Its exported parts are for the program that owns it (cmd/dev seeds through them).
type App struct {
	Registry      *registry.Registry
	Authenticator *tenancy.Authenticator
	Operators     *tenancy.Operators
	Machine       *vending.Machine
	Ledger        *ledger.Ledger
	Identity      *identity.Service

	handler     http.Handler
	revocations *tenancy.Revocations
	platform    *platform.Platform
	vault       *vault.Vault

	stop      context.CancelFunc // ends following
	following sync.WaitGroup
}

// New validates cfg and wires a server. It makes no request to Google yet. Close it when done.
func New(ctx context.Context, cfg Config, log *slog.Logger) (_ *App, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configuration:\n%w", err)
	}
	app := new(App)
	defer func() {
		if err != nil {
			app.Close(ctx)
		}
	}()

	app.platform, err = platform.Open(ctx, platform.Config{
		Project:   cfg.Project,
		Endpoints: cfg.Endpoints(),
		KeyFile:   cfg.WebKeyFile,
		Account:   cfg.WebAccount,
	})
	if err != nil {
		return nil, err
	}

	verifier, err := tenancy.NewVerifier(tenancy.VerifierConfig{
		Project:        cfg.Project,
		CertificateURL: tenancy.GoogleCertificates,
		HTTPClient:     app.platform.HTTP(),
	})
	if err != nil {
		return nil, err
	}
	app.Registry = registry.New(app.platform.Registry(), nil)
	app.revocations = tenancy.NewRevocations(app.platform.Registry(), nil)
	app.Authenticator = tenancy.NewAuthenticator(tenancy.Parts{
		Verifier: verifier, Registry: app.Registry, Revocations: app.revocations, Database: app.platform.Registry(),
	})
	app.Operators = tenancy.NewOperators(verifier, app.platform.Registry(), nil)

	reader, err := app.platform.Impersonate(ctx, cfg.VendingAccount)
	if err != nil {
		return nil, err
	}
	app.vault, err = vault.Open(ctx, vault.Config{
		Endpoints:   cfg.Endpoints(),
		Credentials: reader,
		Buckets:     cfg.Vaults(),
	})
	if err != nil {
		return nil, err
	}
	source, err := vault.OpenSource(cfg.Source(), cfg.Endpoints(), reader)
	if err != nil {
		return nil, err
	}
	app.Ledger = ledger.New(app.platform.Registry(), nil)
	app.Machine, err = vending.NewMachine(vending.MachineConfig{
		Project:   cfg.Project,
		Endpoints: cfg.Endpoints(),
		Registry:  app.Registry,
		Vault:     app.vault,
		Source:    source,
		Ledger:    app.Ledger,
		Logger:    log,
	})
	if err != nil {
		return nil, err
	}

	app.Identity, err = identity.New(identity.Config{
		Platform:      app.platform,
		APIKey:        cfg.IdentityAPIKey,
		Machine:       app.Machine,
		Authenticator: app.Authenticator,
		Revocations:   app.revocations,
		Operators:     app.Operators,
		Logger:        log,
	})
	if err != nil {
		return nil, err
	}
	sessions, err := identity.NewSessions([]byte(cfg.SealingKeyset))
	if err != nil {
		return nil, fmt.Errorf("BULKHEAD_SEALING_KEYSET: %w", err)
	}

	pages, err := web.New(web.Deps{
		Registry:      app.Registry,
		Authenticator: app.Authenticator,
		Operators:     app.Operators,
		Machine:       app.Machine,
		Ledger:        app.Ledger,
		Identity:      app.Identity,
		Sessions:      sessions,
		Logger:        log,
		PublicURL:     cfg.PublicURL,
		StorageOrigin: cfg.storageOrigin(),
		MaxUpload:     cfg.MaxUploadBytes,
		Limits:        cfg.limits(),
	})
	if err != nil {
		return nil, err
	}
	app.handler = sendOn(pages, cfg.Aliases, cfg.PublicURL)
	return app, nil
}

// Start hears of revocations for the first time, and follows them until Close. Nobody is let in before: without the feed
// every caller is refused. It fails if the control plane cannot be read.
func (a *App) Start(ctx context.Context) error {
	if err := a.revocations.Poll(ctx); err != nil {
		return fmt.Errorf("the control plane's database cannot be read: %w", err)
	}
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.stop = stop
	a.following.Go(func() { _ = a.revocations.Run(following) }) // it ends when it is stopped, and not before
	return nil
}

// Serve serves on ln until ctx ends, then lets requests in flight finish. Start comes first.
func (a *App) Serve(ctx context.Context, ln net.Listener) error {
	server := door.NewHTTPServer(a.handler)
	serving := make(chan error, 1)
	go func() { serving <- server.Serve(ln) }()
	select {
	case err := <-serving:
		return err
	case <-ctx.Done():
	}
	grace, done := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer done()
	return server.Shutdown(grace)
}

// Close writes what the ledger still holds and releases the connections. It tolerates an App that New did not finish.
func (a *App) Close(ctx context.Context) error {
	if a.stop != nil {
		a.stop()
		a.following.Wait()
	}
	var faults []error
	if a.Machine != nil {
		faults = append(faults, a.Machine.Close()) // reports its last counts to the ledger
	}
	if a.Ledger != nil {
		faults = append(faults, a.Ledger.Close(ctx))
	}
	if a.vault != nil {
		faults = append(faults, a.vault.Close())
	}
	if a.platform != nil {
		faults = append(faults, a.platform.Close())
	}
	return errors.Join(faults...)
}
