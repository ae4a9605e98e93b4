// Command differential holds this Firestore to Google's own emulator: it sends both the same random
// documents, queries, aggregations and writes over gRPC, and compares results, order, values and
// error codes.
//
// Usage, in the repository:
//
//	differential [-cases 20000] [-seed n] [-skip n]
//
// The emulator comes with the Google Cloud CLI. The command finds it there, or by the environment
// variable BULKHEAD_FIRESTORE_EMULATOR, which names its jar or its start script; on a machine that
// has neither it fails, so that it never reads as passed.
//
// Cases come in worlds: some documents below a document of their own, then queries on them and
// writes to them. A case depends on the seed and its number alone. One in which the two differ is
// reduced to the smallest request that still shows it, and printed. Where the emulator is known to
// differ from production, exceptions.go says so.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "differential:", err)
		os.Exit(1)
	}
}

// run compares the two and prints what it found. The error says that they differ, or could not be
// compared.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("differential", flag.ContinueOnError)
	flags.SetOutput(stderr)
	cases := flags.Int("cases", 20_000, "how many cases to try")
	seed := flags.Uint64("seed", uint64(time.Now().UnixNano()), "what the cases follow from")
	skip := flags.Int("skip", 0, "begin at the world of this case")
	most := flags.Int("differences", 5, "stop after so many differences")
	if err := flags.Parse(args); err != nil {
		return err
	}
	theirs, err := startEmulator(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, theirs.close()) }()
	ours, err := startOurs()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ours.close()) }()

	c := &comparison{seed: *seed, ours: ours, theirs: theirs, out: stdout, most: *most}
	began := time.Now()
	if err := c.run(ctx, *skip, *cases); err != nil {
		return fmt.Errorf("seed %d: %w", *seed, err)
	}
	c.printExcepted()
	fmt.Fprintf(stdout, "differential: seed %d: %d cases (%s) in %s: %d differences; alike, %d found something and %d were refused\n",
		*seed, c.cases, c.kinds(), time.Since(began).Round(time.Second), c.differences, c.found, c.refused)
	if c.differences > 0 {
		return fmt.Errorf("the two differ in %d of %d cases", c.differences, c.cases)
	}
	return nil
}
