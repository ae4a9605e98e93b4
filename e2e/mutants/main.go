// Command mutants seeds one-line defects into the code that keeps tenants apart, one at a time, and
// demands that a test turns red for each: a check that can be taken away without anybody noticing
// is no check.
//
// It changes no file. Each defect is a copy of its source file in a temporary folder, laid over the
// original for one run of `go test -overlay`. A defect that survives, that does not compile, or
// whose line is not there any more is a failure.
//
//	go run ./e2e/mutants [-run regexp] [-timeout duration] [-v]
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// mutant is one defect: in file, the one place that reads before reads after instead.
type mutant struct {
	name          string // what the defect lets through
	attack        string // the group of attacks that it opens, as in the tests' own comments
	file          string // from the root of the repository
	before, after string
	pkg           string // where the test is that must fail; empty: in the file's own package
	run           string // which tests, as -run takes it
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	pattern := flag.String("run", "", "only mutants whose name or file matches the `regexp`")
	limit := flag.Duration("timeout", 30*time.Second, "how long the tests of one mutant may run")
	verbose := flag.Bool("v", false, "print what the tests say")
	flag.Parse()
	if err := run(ctx, *pattern, *limit, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// run tries all mutants that pattern selects.
func run(ctx context.Context, pattern string, limit time.Duration, verbose bool) error {
	only, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var selected []mutant
	var faults []error
	for _, m := range mutants {
		if !only.MatchString(m.name) && !only.MatchString(m.file) {
			continue
		}
		selected = append(selected, m)
		if _, err := m.overlay(dir); err != nil { // before minutes are spent on the others
			faults = append(faults, fmt.Errorf("%s: %s: %w", m.file, m.name, err))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	killed := 0
	for _, m := range selected {
		began := time.Now()
		output, err := m.try(ctx, dir, limit)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if verbose {
			fmt.Println(output)
		}
		if err != nil {
			fmt.Printf("%-9s %-9s %-42s %s: %v\n", word(err), m.attack, m.file, m.name, err)
			faults = append(faults, fmt.Errorf("%s: %s: %w", m.file, m.name, err))
			continue
		}
		killed++
		fmt.Printf("killed    %-9s %-42s %s  (%s, %.1f s)\n", m.attack, m.file, m.name, firstFailure(output), time.Since(began).Seconds())
	}
	fmt.Printf("\n%d of %d defects turned a test red\n", killed, killed+len(faults))
	if killed == 0 && len(faults) == 0 {
		return errors.New("no mutant is selected")
	}
	return errors.Join(faults...)
}

// try runs the tests over the mutant. nil: a test failed, as it should.
func (m mutant) try(ctx context.Context, dir string, limit time.Duration) (output string, err error) {
	overlay, err := m.overlay(dir)
	if err != nil {
		return "", err
	}
	pkg := m.pkg
	if pkg == "" {
		pkg = "./" + filepath.Dir(m.file)
	}
	var out bytes.Buffer
	test := exec.CommandContext(ctx, "go", "test", "-overlay", overlay, "-count=1", "-vet=off", "-ldflags=-s -w",
		"-timeout="+limit.String(), "-v", "-run", m.run, pkg)
	test.Env = append(test.Environ(), "MUTANT_OVERLAY="+overlay) // for tests that build a program
	test.Stdout, test.Stderr = &out, &out
	err = test.Run()
	if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
		return out.String(), err
	}
	return out.String(), verdict(out.String(), err == nil, hanging[m.name] != "")
}

// overlay writes the mutated file and the overlay that names it.
func (m mutant) overlay(dir string) (string, error) {
	original, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	source, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(source), m.before); n != 1 {
		return "", fmt.Errorf("the line to change is there %d times: %q", n, m.before)
	}
	mutated := filepath.Join(dir, "mutated.go")
	if err := os.WriteFile(mutated, []byte(strings.Replace(string(source), m.before, m.after, 1)), 0o600); err != nil {
		return "", err
	}
	file, err := os.Create(filepath.Join(dir, "overlay.json"))
	if err != nil {
		return "", err
	}
	err = json.NewEncoder(file).Encode(map[string]any{"Replace": map[string]string{original: mutated}})
	return file.Name(), errors.Join(err, file.Close())
}
