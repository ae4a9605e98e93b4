package identity

import "github.com/bulkhead-saas/bulkhead/internal/tenant"

// Directory reports whether the service would address the tenant at Identity Platform.
func (s *Service) Directory(t tenant.Tenant) error {
	_, err := s.directory(t)
	return err
}

// Refusal is what an answer of Identity Platform's other than 200 means.
var Refusal = refusal
