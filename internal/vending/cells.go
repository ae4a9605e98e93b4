package vending

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// cells remembers the registry's cells for good: where a cell is never changes. There are few, so a
// cold vend reads none but the first of each.
type cells struct {
	registry *registry.Registry
	known    sync.Map // tenant.CellID -> tenant.Cell
}

// of is the cell that the principal's tenant lives in. It returns ErrDenied if there is no such
// cell, or if it is not in the principal's region: no tenant's data leaves its region by a mistake
// in the registry.
func (c *cells) of(ctx context.Context, p tenancy.Principal) (tenant.Cell, error) {
	var cell tenant.Cell
	if known, ok := c.known.Load(p.Cell()); ok {
		cell = known.(tenant.Cell)
	} else {
		read, err := c.registry.Cell(ctx, p.Cell())
		if errors.Is(err, tenant.ErrInvalid) {
			return cell, refuse(ErrDenied, "there is no cell %q", p.Cell())
		}
		if err != nil {
			return cell, fmt.Errorf("cell %s: %w", p.Cell(), err)
		}
		c.known.Store(read.ID, read)
		cell = read
	}
	if cell.Region != p.Region() {
		return cell, refuse(ErrDenied, "cell %s is not in the principal's region", cell.ID)
	}
	return cell, nil
}
