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
	"testing"

	"github.com/bulkhead-saas/bulkhead/isolint"
	"github.com/bulkhead-saas/bulkhead/isolint/gate"
)

const corpus = "../testdata"

// TestEvil looks at packages that were seeded with every way around that we know of, written with Google's real libraries.
// Each is caught at the lines that say so, for the reason they give, and nowhere else.
func TestEvil(t *testing.T) {
	got := map[string]map[place][]string{} // by folder
	unseeded := map[isolint.Rule]bool{}
	for _, rule := range isolint.Rules {
		unseeded[rule] = true
	}
	verdict := check(t, "evil")
	for _, f := range verdict.Findings {
		delete(unseeded, isolint.Rule(f.Rule))
		folder, at := filepath.Base(filepath.Dir(f.Pos.Filename)), place{filepath.Base(f.Pos.Filename), f.Pos.Line}
		if got[folder] == nil {
			got[folder] = map[place][]string{}
		}
		got[folder][at] = append(got[folder][at], f.Message)
	}
	if len(unseeded) > 0 {
		t.Errorf("no package offends %v", slices.Collect(maps.Keys(unseeded)))
	}
	folders := subfolders(t, "evil")
	if len(folders) < 30 {
		t.Errorf("%d packages, want at least 30", len(folders))
	}
	for _, folder := range folders {
		t.Run(folder, func(t *testing.T) {
			want := wants(t, filepath.Join(corpus, "evil", folder))
			if len(want) == 0 {
				t.Fatal("the package says no // want")
			}
			for at, messages := range got[folder] {
				if len(messages) != len(want[at]) {
					t.Errorf("%s:%d: %q, want %d findings", at.file, at.line, messages, len(want[at]))
				}
			}
			for at, patterns := range want {
				all := strings.Join(got[folder][at], "\n")
				for _, p := range patterns {
					if !p.MatchString(all) {
						t.Errorf("%s:%d: findings %q, want %v", at.file, at.line, all, p)
					}
				}
			}
		})
	}
}

// TestClean looks at packages that do what feature code has to do.
func TestClean(t *testing.T) {
	verdict := check(t, "clean")
	for _, f := range verdict.Findings {
		t.Errorf("%s: %s", f.Pos, f.Message)
	}
	folders := subfolders(t, "clean")
	if len(folders) < 8 {
		t.Errorf("%d packages, want at least 8", len(folders))
	}
	if got := len(verdict.Packages[isolint.Looked]); got != len(folders) {
		t.Errorf("%d packages were looked at, want %d", got, len(folders))
	}
	if len(verdict.Exemptions) == 0 {
		t.Error("no exemption is listed")
	}
	for _, e := range verdict.Exemptions {
		if e.Reason == "" || !strings.Contains(e.Pos.Filename, "exempt") {
			t.Errorf("%s: exempt from %s: %q", e.Pos, e.Rule, e.Reason)
		}
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

func check(t *testing.T, folder string) *gate.Verdict {
	t.Helper()
	cfg, err := isolint.Read(filepath.Join(corpus, isolint.FileName))
	if err != nil {
		t.Fatal(err)
	}
	verdict, err := gate.Check(gate.Request{
		Dir: corpus, Patterns: []string{"./" + folder + "/...", "./allowed/...", "./skipped/...", "./clean/background"}, Config: cfg,
	})
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

// wants reads comments of the form // want "pattern" "pattern" want:-2 "pattern": findings on the line, and two above it.
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
