package webtest

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/dnstxt"
	"github.com/bulkhead-saas/bulkhead/internal/identity"
)

// openSettings builds what changes the tenants' settings: it asks the cloud's DNS, and calls the
// cloud's OpenID providers besides what is public.
func (h *House) openSettings(t *testing.T) {
	t.Helper()
	var err error
	h.Settings, err = authsettings.New(authsettings.Config{
		Policies: h.Policies, Outbound: h.Outbound, Keys: h.Issuers, Sealer: identity.NewClientSecrets(h.Keys), Mirror: h.Google, Tenants: h.Authenticator,
		AllowDevelopment: true, Resolver: dnstxt.Resolver{Address: h.Cloud.Endpoints().DNS},
	})
	if err != nil {
		t.Fatal(err)
	}
}
