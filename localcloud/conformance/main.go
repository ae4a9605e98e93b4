// Command conformance runs the integration tests of Google's own client libraries against a local
// cloud, and holds every one of their results to what is expected.
//
// Usage, in the repository:
//
//	conformance [-suite firestore|auth|node] [-run regexp] [-v]
//
// The tests are those of the library versions that go.mod names. They come with the module, are
// copied to a temporary folder, and are compiled there with the dependencies of this repository;
// nothing of them is kept. They run with a service account's real key and without any emulator
// variable, so that every call of theirs is authenticated and authorized. The few edits they need,
// such as the address of the local cloud, fail loudly when the text they replace is not found.
//
// The packages for Node have no tests in them; what people do with them is tried by tests of ours,
// in the folder node. The packages come from npm to a temporary folder, and run as they are
// shipped.
//
// A test that is not on its suite's list of known failures must pass, and one that is on it must
// fail: the list is what the documentation says, and may not grow stale. Anything else ends the
// command with status 1.
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
)

// suites are run in this order.
var suites = []suite{firestoreSuite, authSuite, storageSuite}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

// run runs the suites that the arguments choose. The error says that one could not run, or was not
// as expected.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	flags.SetOutput(stderr)
	only := flags.String("suite", "", "run this `name` alone")
	pattern := flags.String("run", "", "run the tests that match this `regexp`, as go test does")
	verbose := flags.Bool("v", false, "print what the tests print")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var errs []error
	ran := false
	for _, s := range suites {
		if *only != "" && s.name != *only {
			continue
		}
		ran = true
		o := options{pattern: *pattern, stdout: stdout, stderr: stderr, verbose: *verbose}
		if err := s.run(ctx, o); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.name, err))
		}
	}
	if *only == "" || *only == "node" {
		ran = true
		o := options{pattern: *pattern, stdout: stdout, stderr: stderr, verbose: *verbose}
		if err := runNode(ctx, o); err != nil {
			errs = append(errs, fmt.Errorf("node: %w", err))
		}
	}
	if !ran {
		return fmt.Errorf("there is no suite %q", *only)
	}
	return errors.Join(errs...)
}
