package door

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/web/visit"
)

// Guess counts a question of somebody unknown, who may be guessing, at their own address alone. Too
// many become 429.
func (s Sessions) Guess(ctx context.Context) error { return s.door.limiter.guess(visit.AddressOf(ctx)) }

// guess takes one from the address's share of guesses: errTooManyHere.
func (l *limiter) guess(address string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	guesses := l.at(address)
	if guesses == nil {
		return nil
	}
	return l.take(guesses, errTooManyHere)
}
