package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// result is how a test ended: pass, fail or skip. One that began and did not end has none.
type result struct {
	name    string
	outcome string
	took    time.Duration
}

// event is what go test -json prints of a test or a build.
type event struct {
	Action, Test, Output string
	Elapsed              float64
}

// test compiles the tests of the copy and runs them. ended says that the run ended before its tests
// did. The error says that nothing ran.
func (s suite) test(ctx context.Context, src source, env []string, o options) (_ []result, ended, err error) {
	pattern := s.tests
	if o.pattern != "" {
		pattern = o.pattern
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-json", "-count=1", "-vet=off", "-timeout=20m",
		"-mod=mod", "-modfile="+src.modfile, "-run="+pattern, "-skip="+s.skip, s.pkg)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = o.stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	results, printed, err := s.read(stdout, o)
	failed := cmd.Wait()
	switch {
	case err != nil:
		return nil, nil, err
	case len(results) == 0:
		return nil, nil, fmt.Errorf("no test ran: %w\n%s", failed, printed)
	case slices.ContainsFunc(results, func(r result) bool { return r.outcome == "" }):
		ended = fmt.Errorf("the run ended early")
		io.WriteString(o.stderr, printed)
	}
	return results, ended, nil
}

// read reads the results of the counted tests, in the order they began, and what was printed
// outside of tests.
func (s suite) read(r io.Reader, o options) (results []result, printed string, err error) {
	var loose strings.Builder
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, "", fmt.Errorf("%q: %w", lines.Text(), err)
		}
		if o.verbose {
			io.WriteString(o.stdout, e.Output)
		}
		if e.Test == "" || e.Output != "" && strings.Contains(e.Output, "panic") {
			loose.WriteString(e.Output)
		}
		if e.Test == "" || strings.Count(e.Test, "/") != s.depth-1 {
			continue
		}
		switch e.Action {
		case "run":
			results = append(results, result{name: e.Test})
		case "pass", "fail", "skip":
			i := slices.IndexFunc(results, func(r result) bool { return r.name == e.Test })
			results[i].outcome = e.Action
			results[i].took = time.Duration(e.Elapsed * float64(time.Second))
		}
	}
	return results, loose.String(), lines.Err()
}
