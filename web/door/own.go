package door

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// judgeOwn refuses, at a route where people change what is their own, everything but an ID token. A
// person's access token is of their issuer: nobody here has seen them sign in. Package tenancy asks
// again, when such a change is made.
func (d *Door) judgeOwn(a *attempt) error {
	if a.route.Own && a.facts.Credential != authpolicy.Token {
		return errNoSignIn
	}
	return nil
}

// keeper returns the grant with which the answer of a request at the route is kept. What people do
// about themselves a viewer does too, who writes nothing else: it is kept by an errand of theirs.
func (d *Door) keeper(ctx context.Context, g vending.Grant, route Route) (vending.Grant, error) {
	if !route.Own {
		return g, nil
	}
	p, err := d.config.Authenticator.Own(ctx, g.Principal(), tenancy.OwnRequest)
	if err != nil {
		return vending.Grant{}, err
	}
	return d.config.Machine.Vend(ctx, p)
}
