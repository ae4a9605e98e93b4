package vending

import "context"

// Recent returns the newest rows that are stored, newest first, at most n.
func (l *Ledger) Recent(ctx context.Context, n int) ([]Record, error) {
	page, err := l.read(ctx, LedgerQuery{Limit: n})
	return page.Rows, err
}
