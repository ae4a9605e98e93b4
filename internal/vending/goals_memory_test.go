package vending_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// footprint is what one more tenant adds to this process.
type footprint struct{ bytes, goroutines float64 }

func (f footprint) String() string {
	return fmt.Sprintf("%.1f KB, %.2f goroutines", f.bytes/1e3, f.goroutines)
}

// goalMemory fills machines with tenants that are all they are in use: their keys parsed, their
// tokens signed, their clients open. The command fills in what the clients cost that a program
// opens without a shared pool; it asks a process that does nothing else.
func goalMemory(b *testing.B, w *vendingtest.World) {
	full := func(n int, storage bool) footprint {
		m := w.NewMachine(b, vending.MachineConfig{CacheSize: n})
		goroutines, before := runtime.NumGoroutine(), heap()
		m.Fill(b, w.Endpoints.Token, n, goodPEM)
		if storage {
			m.OpenBuckets()
		}
		f := footprint{float64(heap()-before) / float64(n), float64(runtime.NumGoroutine()-goroutines) / float64(n)}
		m.ForgetAll()
		return f
	}
	few, many := size(1000, 300), size(10_000, 3000)
	full(few/2, true) // the libraries make what they make once
	small, again, large, both := full(few, false), full(few, false), full(many, false), full(few, true)
	control := fmt.Sprintf("%.2f", again.bytes/small.bytes)

	row := rounds.Row{
		Goal: "6", What: fmt.Sprintf("a tenant of %d active", many), Peer: rounds.DefaultFirestore,
		Ours: large.String(), AA: control,
	}
	row.AtMost("KB", large.bytes/1e3, 12)
	row.AtMost("goroutines", large.goroutines, 0.01)
	emit(b, row)

	row = rounds.Row{
		Goal: "6", What: fmt.Sprintf("its Storage client opened too, of %d", few), Peer: rounds.DefaultBoth, Ours: both.String(), AA: control,
	}
	row.AtMost("KB", both.bytes/1e3, 12)
	emit(b, row)

	row = rounds.Row{
		Goal: "6", What: fmt.Sprintf("bytes a tenant of %d", many), Peer: fmt.Sprintf("of %d", few),
		Ours: fmt.Sprintf("%.0f B", large.bytes), Theirs: fmt.Sprintf("%.0f B", small.bytes),
		Ratio: fmt.Sprintf("%.2f", large.bytes/small.bytes), AA: control,
	}
	row.AtLeast("ratio", large.bytes/small.bytes, 0.85)
	row.AtMost("ratio", large.bytes/small.bytes, 1.15)
	emit(b, row)
}
