package webtest

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/dnstxt"
	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/outbound"
)

// openSettings builds what changes the tenants' settings: it asks the cloud's DNS, and calls the
// cloud's OpenID providers besides what is public.
func (h *House) openSettings(t *testing.T) {
	t.Helper()
	client, err := outbound.New(outbound.Config{Exceptions: []string{h.Cloud.Endpoints().Providers}})
	if err != nil {
		t.Fatal(err)
	}
	if h.Issuers, err = issuer.NewKeys(issuer.KeysConfig{Client: client}); err != nil {
		t.Fatal(err)
	}
	h.Settings, err = authsettings.New(authsettings.Config{
		Policies: h.Policies, Outbound: client, Keys: h.Issuers, Sealer: h.Sessions, AllowDevelopment: true,
		Resolver: dnstxt.Resolver{Address: h.Cloud.Endpoints().DNS},
	})
	if err != nil {
		t.Fatal(err)
	}
}
