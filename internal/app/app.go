// Package app is the one place that wires everything: a Config becomes a running server of its
// role. cmd/server, cmd/dev and the whole-system tests all start here, so what is tested is what
// runs.
//
// Construction reads from the bottom up: the platform account's clients, then who is calling
// (tenancy), then what they may touch (vending), then who they are (services: people, second
// factors, sign-in), then what is answered (web). All roles share the parts up to there: see core.
//
//	App      role "web": the pages and the API
//	Worker   role "worker": does the jobs that are due, for one tenant and one purpose at a time
//	Adapter  role "adapter": has files inspected by Service B; it has no part in vending
package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/web"
)

// The roles.
const (
	RoleWeb     = "web"
	RoleWorker  = "worker"
	RoleAdapter = "adapter"
)

// Server is a process of a role.
type Server interface {
	Start(ctx context.Context) error
	Serve(ctx context.Context, ln net.Listener) error
	Close(ctx context.Context) error
}

// Open wires the server of cfg's role. It makes no request to Google yet. Close it when done.
func Open(ctx context.Context, cfg Config, log *slog.Logger) (Server, error) {
	switch cfg.Role {
	case RoleWorker:
		return NewWorker(ctx, cfg, log)
	case RoleAdapter:
		return NewAdapter(ctx, cfg, log)
	}
	return New(ctx, cfg, log)
}

// App is the server of the web role.
type App struct{ core }

// New validates cfg and wires the server of the web role. It makes no request to Google yet. Close
// it when done.
func New(ctx context.Context, cfg Config, log *slog.Logger) (_ *App, err error) {
	cfg.Role = RoleWeb
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configuration:\n%w", err)
	}
	app := new(App)
	defer func() {
		if err != nil {
			app.Close(ctx)
		}
	}()
	if app.keys, err = sealing.NewKeys([]byte(cfg.SealingKeyset)); err != nil {
		return nil, fmt.Errorf("BULKHEAD_SEALING_KEYSET: %w", err)
	}
	if err := app.open(ctx, cfg, serviceAccount{cfg.WebAccount, cfg.WebKeyFile}, log); err != nil {
		return nil, err
	}
	if err := app.openSettings(cfg, federation.NewClientSecrets(app.keys), app.google, log); err != nil {
		return nil, err
	}
	proxies, err := cfg.proxies()
	if err != nil {
		return nil, err
	}
	pages, err := web.New(web.Deps{
		Registry:       app.Registry,
		Authenticator:  app.Authenticator,
		Operators:      app.Operators,
		Machine:        app.Machine,
		OwnLedger:      tenancy.NewOwnLedger(app.Ledger),
		Desk:           tenancy.NewDesk(app.Ledger, app.jobs),
		APIKeys:        app.APIKeys,
		People:         app.People,
		Factors:        app.Factors,
		SignIn:         app.SignIn,
		OperatorSignIn: app.OperatorSignIn,
		SignOut:        app.SignOut,
		Federation:     app.Federation,
		Account:        app.Account,
		Policies:       app.Policies,
		Settings:       app.Settings,
		Sessions:       sessioncookie.New(app.keys),
		Logger:         log,
		PublicURL:      cfg.PublicURL,
		StorageOrigin:  cfg.storageOrigin(),
		MaxUpload:      cfg.MaxUploadBytes,
		Limits:         cfg.limits(),
		Proxies:        proxies,
	})
	if err != nil {
		return nil, err
	}
	app.handler = sendOn(pages, cfg.Aliases, cfg.PublicURL)
	return app, nil
}
