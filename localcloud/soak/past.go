package main

import (
	"context"
	"time"
)

// age gives documents a past: five minutes of old versions, which is what Firestore keeps of them in memory, made by so
// many turns in quick succession while the clock is put forward. Without it the heap would grow for five minutes, by what
// the load writes and not by what the cloud forgets to let go. It returns how many turns there were.
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
