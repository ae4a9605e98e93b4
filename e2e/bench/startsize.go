package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
)

// startAndSize measures how long a start takes, how large the binary is, and what a server holds
// that does nothing. The production binary refuses endpoints in plaintext, so what starts is this
// command in its place, built alike: package app wires both.
func (b *bench) startAndSize(ctx context.Context) error {
	c, err := b.theCloud(ctx)
	if err != nil {
		return err
	}
	var starts []time.Duration
	var idle int64
	for range n(b, 11, 9) {
		began := time.Now()
		server, _, err := b.serve(multiServer, c.plan())
		if err != nil {
			return err
		}
		starts = append(starts, time.Since(began))
		if idle, err = server.rss(); err != nil {
			return err
		}
		server.end()
	}
	slices.Sort(starts)
	row := rounds.Row{Goal: "8", What: "server, start to ready", Ours: fmt.Sprintf("%d ms (%d-%d)",
		middle(starts).Milliseconds(), starts[0].Milliseconds(), starts[len(starts)-1].Milliseconds())}
	row.AtMost("ms", float64(middle(starts).Milliseconds()), 100)
	b.row(row)

	row = rounds.Row{Goal: "8", What: "server, memory when idle", Ours: fmt.Sprintf("%.1f MB resident", float64(idle)/1e6)}
	row.AtMost("MB", float64(idle)/1e6, 30)
	b.row(row)

	binary, err := b.build(ctx, "./cmd/server", serverFlags...)
	if err != nil {
		return err
	}
	info, err := os.Stat(binary)
	if err != nil {
		return err
	}
	row = rounds.Row{Goal: "8", What: "server, stripped binary", Ours: fmt.Sprintf("%.1f MB", float64(info.Size())/1e6)}
	row.AtMost("MB", float64(info.Size())/1e6, 30)
	b.row(row)

	data := b.file("restarted")
	if _, err := b.restart(c.binary, data); err != nil { // makes the folder
		return err
	}
	starts = nil
	for range n(b, 9, 3) {
		took, err := b.restart(c.binary, data)
		if err != nil {
			return err
		}
		starts = append(starts, took)
	}
	slices.Sort(starts)
	row = rounds.Row{Goal: "8", What: "cmd/dev, start to ready on its folder", Ours: fmt.Sprintf("%d ms (%d-%d)",
		middle(starts).Milliseconds(), starts[0].Milliseconds(), starts[len(starts)-1].Milliseconds())}
	row.AtMost("ms", float64(middle(starts).Milliseconds()), 1000)
	b.row(row)
	return nil
}

func (b *bench) restart(binary, data string) (time.Duration, error) {
	began := time.Now()
	c, err := b.startCloud(binary, data)
	if err != nil {
		return 0, err
	}
	defer c.process.end()
	return time.Since(began), nil
}

func middle(sorted []time.Duration) time.Duration { return sorted[len(sorted)/2] }
