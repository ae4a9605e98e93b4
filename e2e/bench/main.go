// Command bench measures Bulkhead's goals of speed and size, and prints them as one table: each
// beside a peer that is measured in the same run, in turns, with the control that says how far off
// such a figure may be here. See package rounds.
//
// It asserts nothing and exits with 0 when a goal is missed: a machine that is busy must not turn a
// build red. What the table says is what to look at.
//
//	go run ./e2e/bench [-quick] [-only regexp]
//
// What can be told from inside a package is that package's BenchmarkGoals (internal/tenancy,
// internal/vending, internal/uploads and others). What takes processes is here: a local cloud
// (cmd/dev), servers, each in a process of its own, and this one, which calls them. All of them
// listen on 127.0.0.1, and end with this one.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	quick := flag.Bool("quick", false, "fewer and shorter rounds: about four minutes")
	only := flag.String("only", "", "only goals whose number matches the `regexp`")
	role := flag.String("serve", "", "be one of the servers that are measured (for this command's own use)")
	flag.Parse()
	if err := run(ctx, *role, *quick, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, role string, quick bool, only string) error {
	if role != "" {
		return serve(ctx, role)
	}
	selected, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bulkhead-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{dir: dir, quick: quick, selected: selected}
	defer b.close()
	defer context.AfterFunc(ctx, b.close)() // what is being measured then fails at once
	began := time.Now()
	for _, part := range []struct {
		goals []string
		name  string
		run   func(context.Context) error
	}{
		{[]string{"1"}, "tokens", b.goalsOf("./internal/tenancy/internal/idtoken")},
		{[]string{"2", "3", "6", "7"}, "vending", b.goalsOf("./internal/vending")},
		{[]string{"6"}, "default clients", b.defaultClients},
		{[]string{"4"}, "the tenancy layer", b.layer},
		{[]string{"4"}, "gateways", b.gateways},
		{[]string{"5"}, "end to end", b.endToEnd},
		{[]string{"8"}, "start and size", b.startAndSize},
		{[]string{"9"}, "pages", b.pages},
		{[]string{"10"}, "what exists", b.sameness},
		{[]string{"10"}, "settings", b.goalsOf("./internal/controlplane/authpolicies")},
		{[]string{"10"}, "second factors", b.goalsOf("./internal/tenancy")},
		{[]string{"10"}, "the tenants' issuers", b.goalsOf("./internal/issuer")},
		{[]string{"11"}, "leaked keys", b.leaks},
		{[]string{"14"}, "long lists", b.longLists},
		{[]string{"14"}, "reads of long lists", b.goalsOf("./internal/uploads")},
		{[]string{"13"}, "uploads at once", b.together},
		{[]string{"15"}, "a large file", b.largeFile},
		{[]string{"16"}, "a Service B that is difficult", b.outage},
		{[]string{"12"}, "the start of an upload", b.starts}, // last: what it publishes waits for ever
	} {
		if !slices.ContainsFunc(part.goals, selected.MatchString) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%5.1f s  %s\n", time.Since(began).Seconds(), part.name)
		if err := part.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	slices.SortStableFunc(b.rows, func(x, y rounds.Row) int {
		return cmp.Or(len(x.Goal)-len(y.Goal), strings.Compare(x.Goal, y.Goal))
	})
	fmt.Printf("%s, %d cores, %s %s/%s, %.0f s. CPU is of the process measured; A/A is the peer beside itself.\n\n",
		time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, time.Since(began).Seconds())
	return rounds.Print(os.Stdout, b.rows)
}

// bench is one run.
type bench struct {
	dir      string // everything that is written
	quick    bool
	glance   bool // as little as shows that everything works: no figure counts
	selected *regexp.Regexp
	rows     []rounds.Row
	cloud    *cloud // started when first needed
	servers  string // this program, built as the production binary is

	inspection string // the program of Service B, built when first needed

	mu       sync.Mutex
	children []*child
}

// n is how many rounds, or how long a turn: less in a quick run.
func n[T int | time.Duration](b *bench, full, quick T) T {
	switch {
	case b.glance:
		return max(quick/30, 1)
	case b.quick:
		return quick
	}
	return full
}

func (b *bench) row(r rounds.Row) {
	if b.selected.MatchString(r.Goal) {
		b.rows = append(b.rows, r)
	}
}

func (b *bench) file(name string) string { return filepath.Join(b.dir, name) }

// close ends every process that was started, the latest first.
func (b *bench) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range slices.Backward(b.children) {
		c.end()
	}
	b.children = nil
}
