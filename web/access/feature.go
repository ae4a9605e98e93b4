package access

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/apikeys"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Ledger reads one tenant's part of the ledger.
type Ledger interface {
	// OfTenant returns records of the tenant of p. ledger.ErrQuery if q cannot be asked.
	OfTenant(ctx context.Context, p tenancy.Principal, q ledger.Query) (ledger.Page, error)
}

// Keys names the API keys of a tenant.
type Keys interface {
	// List returns all keys of the tenant of g.
	List(ctx context.Context, g vending.Grant) ([]apikeys.Key, error)
}

// Feature answers for a workspace's part of the ledger. It is read-only.
type Feature struct {
	ledger Ledger
	keys   Keys
}

// New returns the feature.
func New(ledger Ledger, keys Keys) Feature { return Feature{ledger, keys} }

// Section is the feature's entry in the navigation.
func Section() view.Section { return view.Section{Name: "access", Label: "Access", Icon: "access"} }

// Notices returns nothing: the feature has no form.
func (f Feature) Notices() []door.Notice { return nil }

// Refusals returns what clients are told about the feature's errors.
func (f Feature) Refusals() []door.Row {
	return []door.Row{{Err: ledger.ErrQuery, Refusal: door.Malformed()}}
}
