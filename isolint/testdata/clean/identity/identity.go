// Package identity derives from a client that it was given.
package identity

import (
	"context"

	firebaseauth "firebase.google.com/go/v4/auth"
)

// Tenant narrows a client to one tenant: that makes no client that reaches further.
func Tenant(ctx context.Context, c *firebaseauth.Client, id string) error {
	tenant, err := c.TenantManager.AuthForTenant(id)
	if err != nil {
		return err
	}
	_, err = tenant.CreateUser(ctx, new(firebaseauth.UserToCreate).Email("a@example.com"))
	return err
}
