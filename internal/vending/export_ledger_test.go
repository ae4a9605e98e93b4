package vending

import "context"

// Recent returns the newest rows that are stored, newest first, at most n.
func Recent(ctx context.Context, l *Ledger, n int) ([]Record, error) {
	page, err := l.Read(ctx, LedgerQuery{Limit: n})
	return page.Rows, err
}
