package tenancy

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// OwnLedger shows each tenant its own part of the ledger.
type OwnLedger struct{ ledger *ledger.Ledger }

// NewOwnLedger returns the parts of l.
func NewOwnLedger(l *ledger.Ledger) OwnLedger { return OwnLedger{l} }

// OfTenant reads the rows of p's own tenant, whatever q.Tenant says. It is for the tenant's admins:
// tenant.ErrForbidden for anybody else, and the error of p.Check. ledger.ErrQuery, or the error of
// the database.
func (l OwnLedger) OfTenant(ctx context.Context, p Principal, q ledger.Query) (ledger.Page, error) {
	if !p.May(tenant.AccessRead) || p.Tenant().IsZero() {
		return ledger.Page{}, tenant.ErrForbidden
	}
	if err := p.Check(ctx); err != nil {
		return ledger.Page{}, err
	}
	q.Tenant = p.Tenant()
	return l.ledger.Read(ctx, q)
}
