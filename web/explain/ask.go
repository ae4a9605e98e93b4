package explain

import (
	"context"
	"fmt"
	"slices"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// flaws are what can be wrong with a credential.
var flaws = [...]choice{
	{string(tenancy.Sound), "Nothing: it is right"},
	{string(tenancy.Malformed), "It is no credential at all"},
	{string(tenancy.Expired), "It has expired"},
	{string(tenancy.Foreign), "It is another workspace's"},
	{string(tenancy.Stale), "Its person signed in more than ten minutes ago"},
}

// credentials are the kinds of credential.
var credentials = [...]choice{
	{string(door.NoCredential), "None"},
	{string(door.BrowserSession), "A browser's session"},
	{string(door.IDToken), "An ID token, over the API"},
	{string(door.APIKeyKind), "An API key"},
	{string(door.AccessToken), "A program's access token of the workspace's own issuer"},
	{string(door.PersonToken), "A person's access token of the workspace's own issuer"},
	{string(door.OperatorSession), "An operator's session"},
}

// roles are the roles that the holder of a credential may have.
var roles = [...]choice{{"viewer", "Viewer"}, {"editor", "Editor"}, {"admin", "Admin"}}

// factors are what a session has proven beside how it began.
var factors = [...]choice{{"none", "None was proven"}, {proven, "It was proven, when the session began"}}

const proven = "proven"

// choice is a value of a form, and what it is called.
type choice struct{ value, label string }

// withDefaults fills in what was left out.
func (a Asked) withDefaults() Asked {
	for _, f := range []struct {
		field *string
		value string
	}{{&a.Credential, string(door.BrowserSession)}, {&a.Flaw, string(tenancy.Sound)}, {&a.Role, "viewer"}, {&a.Factor, "none"}} {
		if *f.field == "" {
			*f.field = f.value
		}
	}
	return a
}

// question parses what was asked about a workspace. errQuestion.
func (a Asked) question(ctx context.Context, of tenant.Slug) (door.Question, error) {
	a = a.withDefaults()
	q := door.Question{Workspace: of, Kind: door.Kind(a.Credential), Flaw: tenancy.Flaw(a.Flaw), Factor: a.Factor == proven}
	var err error
	if q.Role, err = tenant.ParseRole(a.Role); err != nil {
		return q, fmt.Errorf("%w: %w", errQuestion, err)
	}
	known := func(all []choice, value string) bool {
		return slices.ContainsFunc(all, func(c choice) bool { return c.value == value })
	}
	if !known(credentials[:], a.Credential) || !known(flaws[:], a.Flaw) || !known(factors[:], a.Factor) {
		return q, fmt.Errorf("%w: credential, flaw or second factor", errQuestion)
	}
	routes := door.RoutesOf(ctx)
	i := slices.IndexFunc(routes, func(r door.Route) bool { return r.Method+" "+r.Path == a.Route })
	if i < 0 {
		return q, fmt.Errorf("%w: route", errQuestion)
	}
	q.Route = routes[i]
	return q, nil
}
