package app

import (
	"log/slog"

	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/dnstxt"
)

// openSettings builds what changes the tenants' authentication settings. sealer and mirror are nil
// in a process that adds no provider.
func (c *core) openSettings(cfg Config, sealer authsettings.Sealer, mirror authsettings.Mirror, log *slog.Logger) (err error) {
	c.Settings, err = authsettings.New(authsettings.Config{
		Policies: c.Policies, Outbound: c.outbound, Keys: c.Issuers, Resolver: dnstxt.Resolver{Address: cfg.DNS},
		Sealer: sealer, Mirror: mirror, Tenants: c.Authenticator, AllowDevelopment: cfg.DevelopmentDomains, Logger: log,
	})
	return err
}
