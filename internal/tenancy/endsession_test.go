package tenancy_test

import (
	"errors"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// TestEndSessionOf: an ID token ends its session also after it has expired, and no other session.
func TestEndSessionOf(t *testing.T) {
	w := newWorld(t)
	old, initial := w.issuer.Exchanged(w.acme, "ann", tenant.Viewer), w.issuer.Initial(w.acme, "ann")
	w.clock.advance(2 * time.Hour)
	for name, tt := range map[string]struct {
		of    tenant.Tenant
		token string
		want  error
	}{
		"another tenant's": {w.globex, old, tenant.ErrTenantDenied},
		"an initial token": {w.acme, initial, tenant.ErrUnauthenticated},
		"tampered with":    {w.acme, old[:len(old)-8] + "AAAAAAAA", tenant.ErrUnauthenticated},
		"expired":          {w.acme, old, nil},
		"ended before":     {w.acme, old, nil},
	} {
		if err := w.auth.EndSessionOf(t.Context(), tt.of, tt.token); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	if _, err := w.auth.Session(t.Context(), tenant.SelectID(w.acme.ID), old); !errors.Is(err, tenant.ErrUnauthenticated) {
		t.Errorf("an expired token opens a session: %v", err)
	}
}
