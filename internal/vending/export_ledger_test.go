package vending

import (
	"context"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
)

// Recent returns the newest rows that are stored, newest first, at most n.
func Recent(ctx context.Context, l *ledger.Ledger, n int) ([]ledger.Row, error) {
	page, err := l.Read(ctx, ledger.Query{Limit: n})
	return page.Rows, err
}
