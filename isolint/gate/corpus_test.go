package gate_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/isolint"
	"github.com/bulkhead-saas/bulkhead/isolint/gate"
)

const corpus = "../testdata"

// TestEvil looks at packages that were seeded with every way around that we know of, written with
// real libraries. Each is caught at the lines that say so, for the reason they give, and nowhere
// else. Those below requests keep what outlives a request, or tell clients what is for logs.
func TestEvil(t *testing.T) {
	verdict := check(t, configuration(t))
	unseeded := map[isolint.Rule]bool{}
	for _, rule := range isolint.Rules {
		unseeded[rule] = true
	}
	for _, f := range verdict.Findings {
		delete(unseeded, isolint.Rule(f.Rule))
	}
	if len(unseeded) > 0 {
		t.Errorf("no package offends %v", slices.Collect(maps.Keys(unseeded)))
	}
	for root, atLeast := range map[string]int{"evil": 30, "requests/evil": 20} {
		folders := subfolders(t, root)
		if len(folders) < atLeast {
			t.Errorf("%s: %d packages, want at least %d", root, len(folders), atLeast)
		}
		for _, folder := range folders {
			t.Run(root+"/"+folder, func(t *testing.T) {
				faults, wanted := compare(t, filepath.Join(root, folder), verdict)
				if wanted == 0 {
					t.Fatal("the package says no // want")
				}
				for _, fault := range faults {
					t.Error(fault)
				}
			})
		}
	}
}

// TestEvilWithoutARule turns off a rule at a time: then the corpus must be red.
func TestEvilWithoutARule(t *testing.T) {
	for _, rule := range isolint.Rules {
		if rule == isolint.Exemptions {
			continue // it cannot be turned off
		}
		cfg := configuration(t)
		cfg.Off = []isolint.Off{{Rule: rule, Reason: "to see what it is for"}}
		verdict := check(t, cfg)
		red := 0
		for _, root := range []string{"evil", "requests/evil"} {
			for _, folder := range subfolders(t, root) {
				if faults, _ := compare(t, filepath.Join(root, folder), verdict); len(faults) > 0 {
					red++
				}
			}
		}
		if red == 0 {
			t.Errorf("without rule %s every package is as it says", rule)
		}
	}
}

// TestEvilUnscoped takes the configuration of request-scoped packages away, a member at a time:
// then what it is about is not found.
func TestEvilUnscoped(t *testing.T) {
	for member, forget := range map[string]func(*isolint.Config){
		"requestScoped": func(cfg *isolint.Config) { cfg.RequestScoped, cfg.Stateful = nil, nil },
		"answers":       func(cfg *isolint.Config) { cfg.Answers = nil },
		"restricted":    func(cfg *isolint.Config) { cfg.Restricted = nil },
		"kept":          func(cfg *isolint.Config) { cfg.Kept = nil },
	} {
		cfg := configuration(t)
		before := len(check(t, cfg).Findings)
		forget(cfg)
		if after := len(check(t, cfg).Findings); after >= before {
			t.Errorf("without %s: %d findings, with it %d", member, after, before)
		}
	}
}

// TestClean looks at packages that do what feature code has to do.
func TestClean(t *testing.T) {
	verdict := check(t, configuration(t))
	for _, f := range verdict.Findings {
		if !strings.Contains(f.Pos.Filename, "evil") {
			t.Errorf("%s: %s", f.Pos, f.Message)
		}
	}
	for root, atLeast := range map[string]int{"clean": 8, "requests/clean": 8} {
		folders := subfolders(t, root)
		if len(folders) < atLeast {
			t.Errorf("%s: %d packages, want at least %d", root, len(folders), atLeast)
		}
		for _, folder := range folders {
			if path := module + "isolint/testdata/" + root + "/" + folder; !slices.Contains(verdict.Packages[isolint.Looked], path) {
				t.Errorf("%s was not looked at", path)
			}
		}
	}
	configured := 0
	for _, e := range verdict.Exemptions {
		if e.Reason == "" || !strings.Contains(e.Pos.Filename, "clean/exempt") && !strings.HasPrefix(e.Pos.Filename, "evil/") {
			t.Errorf("%s: exempt from %s: %q", e.Pos, e.Rule, e.Reason)
		}
		if strings.Contains(e.Reason, "nobody wants a comment there") {
			configured++
		}
	}
	if configured != 1 || len(verdict.Exemptions) < 2 {
		t.Errorf("exemptions %v, want one of the configuration among several", verdict.Exemptions)
	}
}

// A package that may keep what outlives requests would not pass otherwise; and an exemption of the
// configuration that exempts nothing is a finding.
func TestExceptionsAreNeeded(t *testing.T) {
	cfg := configuration(t)
	cfg.Stateful = nil
	cfg.Exempt[0].Rule = isolint.File
	found := map[string]bool{}
	for _, f := range check(t, cfg).Findings {
		if folder := filepath.Base(filepath.Dir(f.Pos.Filename)); !strings.Contains(f.Pos.Filename, "evil") {
			found[folder+": "+f.Rule] = true
		}
	}
	want := map[string]bool{"limits: state": true, "exempt: host": true, "exempt: exemption": true}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
}

// What every rule says is documented.
func TestEveryRule(t *testing.T) {
	doc, err := os.ReadFile("../doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range isolint.Rules {
		if !strings.Contains(string(doc), fmt.Sprintf("\n// %s:", rule)) {
			t.Errorf("doc.go does not describe rule %s", rule)
		}
	}
}

const module = "github.com/bulkhead-saas/bulkhead/"

func configuration(t *testing.T) *isolint.Config {
	t.Helper()
	cfg, err := isolint.Read(filepath.Join(corpus, isolint.FileName))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// load loads the corpus once.
var load = sync.OnceValues(func() (*gate.Loaded, error) {
	cfg, err := isolint.Read(filepath.Join(corpus, isolint.FileName))
	if err != nil {
		return nil, err
	}
	var patterns []string
	for _, folder := range []string{"evil", "clean", "requests", "allowed", "skipped"} {
		patterns = append(patterns, "./"+folder+"/...")
	}
	return gate.Load(gate.Request{Dir: corpus, Patterns: patterns, Config: cfg})
})

func check(t *testing.T, cfg *isolint.Config) *gate.Verdict {
	t.Helper()
	loaded, err := load()
	if err != nil {
		t.Fatal(err)
	}
	verdict, err := loaded.Check(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for standing, want := range map[isolint.Standing]int{isolint.Allowed: 1, isolint.Skipped: 1} {
		if got := len(verdict.Packages[standing]); got != want {
			t.Errorf("%d packages with standing %d, want %d", got, standing, want)
		}
	}
	return verdict
}

// compare returns where the findings in a folder are not those that its files want, and how many
// they want.
func compare(t *testing.T, folder string, verdict *gate.Verdict) (faults []string, wanted int) {
	t.Helper()
	got := map[place][]string{}
	for _, f := range verdict.Findings {
		if filepath.Dir(f.Pos.Filename) == folder {
			at := place{filepath.Base(f.Pos.Filename), f.Pos.Line}
			got[at] = append(got[at], f.Message)
		}
	}
	want := wants(t, filepath.Join(corpus, folder))
	for at, messages := range got {
		if len(messages) != len(want[at]) {
			faults = append(faults, fmt.Sprintf("%s:%d: %q, want %d findings", at.file, at.line, messages, len(want[at])))
		}
	}
	for at, patterns := range want {
		wanted += len(patterns)
		all := strings.Join(got[at], "\n")
		for _, p := range patterns {
			if !p.MatchString(all) {
				faults = append(faults, fmt.Sprintf("%s:%d: findings %q, want %v", at.file, at.line, all, p))
			}
		}
	}
	return faults, wanted
}

type place struct {
	file string
	line int
}

func subfolders(t *testing.T, name string) (folders []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(corpus, name))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		folders = append(folders, e.Name())
	}
	return folders
}

var (
	quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	wanted = regexp.MustCompile(`want(:-\d+)?((?: "(?:[^"\\]|\\.)*")+)`)
)

// wants reads comments of the form // want "pattern" "pattern" want:-2 "pattern": findings on the
// line, and two above it.
func wants(t *testing.T, folder string) map[place][]*regexp.Regexp {
	t.Helper()
	want := map[place][]*regexp.Regexp{}
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			_, comment, _ := strings.Cut(line, "// want")
			for _, m := range wanted.FindAllStringSubmatch("want"+comment, -1) {
				above, _ := strconv.Atoi(strings.TrimPrefix(m[1], ":"))
				at := place{filepath.Base(file), i + 1 + above}
				for _, q := range quoted.FindAllString(m[2], -1) {
					pattern, err := strconv.Unquote(q)
					if err != nil {
						t.Fatal(err)
					}
					want[at] = append(want[at], regexp.MustCompile(pattern))
				}
			}
		}
	}
	return want
}
