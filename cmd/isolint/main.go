// Command isolint fails a build that keeps Google credentials and clients elsewhere than where they
// belong.
//
//	isolint ./...
//
// looks at a module with the isolint.json beside its go.mod, lists what is exempt and why, and
// gives a verdict. Its exit code is 1 if something was found and 2 if it could not look. It also
// serves as a tool of go vet:
//
//	go vet -vettool=$(which isolint) ./...
//
// See package isolint for what it finds.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/bulkhead-saas/bulkhead/isolint"
	"github.com/bulkhead-saas/bulkhead/isolint/gate"
)

func main() {
	if forVet(os.Args[1:]) {
		vettool()
	}
	ok, err := run(os.Args[1:], os.Stdout)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	case !ok:
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) (ok bool, err error) {
	flags := flag.NewFlagSet("isolint", flag.ExitOnError)
	file := flags.String("config", "", "configuration (default: isolint.json beside go.mod)")
	tags := flags.String("tags", "", "build tags, separated by commas")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	var cfg *isolint.Config
	if *file != "" {
		cfg, err = isolint.Read(*file)
	} else {
		cfg, _, err = isolint.Find(".")
	}
	if err != nil {
		return false, err
	}
	patterns := flags.Args()
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	verdict, err := gate.Check(gate.Request{Dir: ".", Patterns: patterns, Tags: *tags, Config: cfg})
	if err != nil {
		return false, err
	}
	return verdict.OK(), verdict.Print(out)
}

// forVet reports whether go vet has started the program: it asks for the version and the flags,
// then gives it one file.
func forVet(args []string) bool {
	if len(args) == 0 {
		return false
	}
	return args[0] == "-V=full" || args[0] == "-flags" || strings.HasSuffix(args[len(args)-1], ".cfg")
}
