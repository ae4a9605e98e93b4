package main

import (
	"errors"
	"testing"
)

func TestVerdict(t *testing.T) {
	const (
		pass  = "--- PASS: TestA (0.00s)\nPASS\n"
		fail  = "--- FAIL: TestA (0.00s)\nFAIL\n"
		ended = "=== RUN   TestA\npanic: test timed out after 30s\n\trunning tests:\n\t\tTestA (30s)\nFAIL\n"
	)
	for name, tt := range map[string]struct {
		output        string
		passed, hangs bool
		want          error
	}{
		"a test failed":                        {fail, false, false, nil},
		"a panic":                              {"panic: nil map\nFAIL\n", false, false, nil},
		"every test passed":                    {pass, true, false, errSurvived},
		"a pattern that matches no test":       {"testing: warning: no tests to run\nPASS\n", true, false, errNoTest},
		"it does not compile":                  {"FAIL\tx [build failed]\n", false, false, errBuild},
		"it hangs":                             {ended, false, false, errTimedOut},
		"it hangs after another test passed":   {pass + ended, false, false, errTimedOut},
		"it hangs after a test failed":         {fail + ended, false, false, nil},
		"it hangs by its nature":               {ended, false, true, nil},
		"what hangs by its nature passes":      {pass, true, true, errSurvived},
		"what hangs by its nature won't build": {"FAIL\tx [build failed]\n", false, true, errBuild},
	} {
		if err := verdict(tt.output, tt.passed, tt.hangs); !errors.Is(err, tt.want) || err == nil != (tt.want == nil) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	if err := verdict("exit status 2\n", false, true); err == nil {
		t.Error("a run that failed without a test counts")
	}
}

// TestHanging: what is listed as hanging is a mutant.
func TestHanging(t *testing.T) {
	names := map[string]int{}
	for _, m := range mutants {
		names[m.name]++
	}
	for name, why := range hanging {
		if names[name] != 1 || why == "" {
			t.Errorf("%q: %d mutants of this name, reason %q", name, names[name], why)
		}
	}
}

// TestWhatExplanationsSay: each mutant of the door changes what an explanation says, or it is
// written down why not.
func TestWhatExplanationsSay(t *testing.T) {
	names := map[string]bool{}
	for _, m := range mutants {
		names[m.name] = true
	}
	for _, m := range doorMutants {
		if why := sayTheSame[m.name]; sayOtherwise[m.name] == (why != "") {
			t.Errorf("%q: changes the words %v, says the same because %q; want one of them", m.name, sayOtherwise[m.name], why)
		}
	}
	for name := range sayOtherwise {
		if !names[name] || !names[name+", in an explanation"] {
			t.Errorf("%q is no mutant", name)
		}
	}
	for name := range sayTheSame {
		if !names[name] {
			t.Errorf("%q is no mutant", name)
		}
	}
}

// TestTheLinesAreThere: the line that a mutant changes is in its file, once. Else make mutants
// would fail at its start, long after somebody changed the line.
func TestTheLinesAreThere(t *testing.T) {
	t.Chdir("../..")
	dir := t.TempDir()
	for _, m := range mutants {
		if _, err := m.overlay(dir); err != nil {
			t.Errorf("%s: %s: %v", m.file, m.name, err)
		}
	}
}
