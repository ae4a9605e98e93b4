package platform

import (
	"context"
	"fmt"

	identitytoolkit "google.golang.org/api/identitytoolkit/v2"
	"google.golang.org/api/option"
)

// IdentitySettings administers the settings of Identity Platform and of its tenants, also those
// that the client of Identity does not know. It is for the roles that make projects and tenants.
func (p *Platform) IdentitySettings(ctx context.Context) (*identitytoolkit.Service, error) {
	service, err := identitytoolkit.NewService(ctx, option.WithHTTPClient(p.identityHTTP))
	if err != nil {
		return nil, fmt.Errorf("platform: identity settings: %w", err)
	}
	return service, nil
}
