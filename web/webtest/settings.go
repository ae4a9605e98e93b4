package webtest

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/dnstxt"
	"github.com/bulkhead-saas/bulkhead/internal/federation"
)

// openSettings builds what changes the tenants' settings: it asks the cloud's DNS, and calls the
// cloud's OpenID providers besides what is public.
func (h *House) openSettings(t *testing.T) {
	t.Helper()
	var err error
	h.Settings, err = authsettings.New(authsettings.Config{
		Policies: h.Policies, Outbound: h.Outbound, Keys: h.Issuers, Sealer: federation.NewClientSecrets(h.Keys), Mirror: h.Google, Tenants: h.Authenticator,
		AllowDevelopment: true, Resolver: dnstxt.Resolver{Address: h.Cloud.Endpoints().DNS},
	})
	if err != nil {
		t.Fatal(err)
	}
}
