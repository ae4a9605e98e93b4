// Command mutants seeds one-line defects into the code that keeps tenants apart, one at a time, and demands that a test
// turns red for each: a check that can be taken away without anybody noticing is no check.
//
// It changes no file. Each defect is a copy of its source file in a temporary folder, laid over the original for one run
// of `go test -overlay`. A defect that survives, that does not compile, or whose line is not there any more is a failure.
//
//	go run ./e2e/mutants [-run regexp] [-v]
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
	verbose := flag.Bool("v", false, "print what the tests say")
	flag.Parse()
	if err := run(ctx, *pattern, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// run tries all mutants that pattern selects.
func run(ctx context.Context, pattern string, verbose bool) error {
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
		output, err := m.try(ctx, dir)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if verbose {
			fmt.Println(output)
		}
		if err != nil {
			fmt.Printf("SURVIVED  %-8s %-42s %s: %v\n", m.attack, m.file, m.name, err)
			faults = append(faults, fmt.Errorf("%s: %s: %w", m.file, m.name, err))
			continue
		}
		killed++
		fmt.Printf("killed    %-8s %-42s %s  (%s, %.1f s)\n", m.attack, m.file, m.name, firstFailure(output), time.Since(began).Seconds())
	}
	fmt.Printf("\n%d of %d defects turned a test red\n", killed, killed+len(faults))
	if killed == 0 && len(faults) == 0 {
		return errors.New("no mutant is selected")
	}
	return errors.Join(faults...)
}

var (
	errSurvived = errors.New("every test passed")
	errBuild    = errors.New("does not compile")
	errNoTest   = errors.New("no test ran")
)

// try runs the tests over the mutant. nil: a test failed, as it should.
func (m mutant) try(ctx context.Context, dir string) (output string, err error) {
	overlay, err := m.overlay(dir)
	if err != nil {
		return "", err
	}
	pkg := m.pkg
	if pkg == "" {
		pkg = "./" + filepath.Dir(m.file)
	}
	var out bytes.Buffer
	test := exec.CommandContext(ctx, "go", "test", "-overlay", overlay, "-count=1", "-timeout=90s", "-v", "-run", m.run, pkg)
	test.Stdout, test.Stderr = &out, &out
	err = test.Run()
	output = out.String()
	var failed *exec.ExitError
	switch {
	case err == nil && !strings.Contains(output, "--- PASS"):
		return output, errNoTest
	case err == nil:
		return output, errSurvived
	case !errors.As(err, &failed):
		return output, err
	case strings.Contains(output, "[build failed]"), strings.Contains(output, "[setup failed]"):
		return output, errBuild
	case !strings.Contains(output, "--- FAIL") && !strings.Contains(output, "panic:"):
		return output, fmt.Errorf("the run failed without a failing test: %s", lastLine(output))
	}
	return output, nil
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

var failure = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// firstFailure is the deepest name of the first test that failed.
func firstFailure(output string) string {
	all := failure.FindAllStringSubmatch(output, 2)
	switch len(all) {
	case 0:
		return "panic"
	case 1:
		return all[0][1]
	}
	if strings.HasPrefix(all[1][1], all[0][1]+"/") {
		return all[1][1]
	}
	return all[0][1]
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
