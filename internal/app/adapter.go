package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/bulkhead-saas/bulkhead/internal/forwarding"
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/sealing"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/web"
)

// UploadsPath is the address, at the Adapter, that Pub/Sub pushes the application's events to.
const UploadsPath = "/events/uploads"

// Adapter is the server of the adapter role. It is conceptually a part of the application, and
// shares nothing with it but the events: it runs as an account of its own, which can make no token,
// reads no vault and reaches no tenant's data.
type Adapter struct{ core }

// NewAdapter validates cfg and wires the server of the adapter role. It makes no request to Google
// yet. Close it when done.
func NewAdapter(ctx context.Context, cfg Config, log *slog.Logger) (_ *Adapter, err error) {
	cfg.Role = RoleAdapter
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configuration:\n%w", err)
	}
	a := new(Adapter)
	defer func() {
		if err != nil {
			a.Close(ctx)
		}
	}()
	a.platform, err = platform.Open(ctx, platform.Config{
		Project: cfg.Project, Endpoints: cfg.Endpoints(), KeyFile: cfg.AdapterKeyFile, Account: cfg.AdapterAccount,
		Database: location.AdapterDatabase,
	})
	if err != nil {
		return nil, err
	}
	box, err := sealing.NewBox([]byte(cfg.HandoverKeyset))
	if err != nil {
		return nil, fmt.Errorf("BULKHEAD_HANDOVER_KEYSET: %w", err)
	}
	keys, err := sealing.NewKeys([]byte(cfg.SealingKeyset))
	if err != nil {
		return nil, fmt.Errorf("BULKHEAD_SEALING_KEYSET: %w", err)
	}
	topic, err := a.platform.Topic(ctx, cfg.InspectionsTopic)
	if err != nil {
		return nil, err
	}
	token, err := a.platform.IDToken(cfg.WorkerURL + OpenPath)
	if err != nil {
		return nil, err
	}
	adapter, err := forwarding.New(forwarding.Config{
		Database: a.platform.Registry(), Box: box, Keys: keys, Topic: topic,
		Open: cfg.WorkerURL + OpenPath, Token: token, Inspection: cfg.InspectionURL,
		HTTP: &http.Client{Transport: gcloud.NewTransport()}, Name: processName(), Now: cfg.AdapterNow, Logger: log,
	})
	if err != nil {
		return nil, err
	}
	callers, err := callersOf(a.platform, cfg.PublicURL, map[string]string{UploadsPath: cfg.PushAccount, TickPath: cfg.TickAccount})
	if err != nil {
		return nil, err
	}
	a.handler, err = web.NewAdapter(web.AdapterDeps{Callers: callers, Adapter: adapter, Logger: log, PublicURL: cfg.PublicURL})
	return a, err
}

// Start does nothing: the Adapter follows no feed.
func (a *Adapter) Start(context.Context) error { return nil }

// callersOf returns who may call each address of a process: an account of the platform.
func callersOf(p *platform.Platform, origin string, accounts map[string]string) (map[string]*tenancy.PlatformCaller, error) {
	callers := make(map[string]*tenancy.PlatformCaller, len(accounts))
	for path, account := range accounts {
		var err error
		callers[path], err = tenancy.NewPlatformCaller(tenancy.PlatformCallerConfig{
			Account:    account,
			Audience:   origin + path,
			KeysURL:    tenancy.GoogleKeys,
			HTTPClient: p.HTTP(),
		})
		if err != nil {
			return nil, err
		}
	}
	return callers, nil
}
