package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// hanging are the mutants that hang by their nature, by name, and why: nothing else can be seen of
// them than that the tests do not end.
var hanging = map[string]string{}

var (
	errSurvived = errors.New("every test passed")
	errTimedOut = errors.New("the tests were ended, and none had failed")
	errBuild    = errors.New("does not compile")
	errNoTest   = errors.New("no test ran")
)

// timedOut is what package testing says when it ends a run.
const timedOut = "panic: test timed out after"

// verdict judges what go test has said of a mutant. nil: a test failed. A run that was ended counts
// only if a test had failed before, or if the mutant hangs by its nature.
func verdict(output string, passed, hangs bool) error {
	failed := failure.MatchString(output)
	switch {
	case passed && !strings.Contains(output, "--- PASS"):
		return errNoTest
	case passed:
		return errSurvived
	case strings.Contains(output, "[build failed]"), strings.Contains(output, "[setup failed]"):
		return errBuild
	case strings.Contains(output, timedOut) && !failed && !hangs:
		return errTimedOut
	case !failed && !strings.Contains(output, "panic:"):
		return fmt.Errorf("the run failed without a failing test: %s", lastLine(output))
	}
	return nil
}

// word is a mutant's fate in the list of all.
func word(err error) string {
	switch {
	case errors.Is(err, errTimedOut):
		return "timed out"
	case errors.Is(err, errBuild), errors.Is(err, errNoTest):
		return "UNTRIED"
	}
	return "SURVIVED"
}

var failure = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// firstFailure is the deepest name of the first test that failed.
func firstFailure(output string) string {
	all := failure.FindAllStringSubmatch(output, 2)
	switch {
	case len(all) == 0 && strings.Contains(output, timedOut):
		return "timed out"
	case len(all) == 0:
		return "panic"
	case len(all) == 2 && strings.HasPrefix(all[1][1], all[0][1]+"/"):
		return all[1][1]
	}
	return all[0][1]
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
