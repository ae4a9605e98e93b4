package main

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"
)

// Firestore keeps an hour of old versions in memory, but no more than 32 MiB of them that are older
// than five minutes. Both are filled before the load begins: without it the heap would grow by what
// the load writes, and not by what the cloud forgets to let go.

// crowd fills the room for old versions: a document is written again and again.
func crowd(ctx context.Context, doc *firestore.DocumentRef) error {
	const size, room = 1_000_000, 40 << 20
	for n := range room / size {
		if _, err := doc.Set(ctx, map[string]any{"n": n, "b": make([]byte, size)}); err != nil {
			return err
		}
	}
	return nil
}

// age makes five minutes of old versions, by so many turns in quick succession while the clock is
// put forward. It returns how many turns there were.
func age(ctx context.Context, p *process, every time.Duration, turn func(context.Context, int) error) (turns int, err error) {
	const past, step = 5 * time.Minute, 5 * time.Second
	for ; turns < int(past/every); turns++ {
		if err := turn(ctx, turns); err != nil {
			return turns, err
		}
		if turns%int(step/every) == 0 {
			if _, err := p.advance(step); err != nil {
				return turns, err
			}
		}
	}
	return turns, nil
}
