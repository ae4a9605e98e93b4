package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Documents name tests as package.TestName. Each must exist, so that no claim is left without its
// test.
func TestDocumentedTestsExist(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	decisions, err := filepath.Glob("../docs/adr/*.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z/0-9]+)\\.(Test\\w+)`")
	least := map[string]int{"../docs/isolation.md": 20, "../docs/trust.md": 10}
	for _, name := range append(append(pages, decisions...), "../README.md") {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tests := named.FindAllStringSubmatch(string(page), -1)
		if len(tests) < least[name] {
			t.Errorf("%s names only %d tests", name, len(tests))
		}
		for _, m := range tests {
			dir := m[1]
			switch root, _, _ := strings.Cut(dir, "/"); root {
			case "cmd", "e2e", "web", "localcloud", "isolint", "guard", "torture":
			default:
				dir = "internal/" + dir
			}
			if !declares(t, filepath.Join("..", dir), m[2]) {
				t.Errorf("%s names %s.%s, which does not exist", name, m[1], m[2])
			}
		}
	}
}

func declares(t *testing.T, dir, test string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "\nfunc "+test+"(") {
			return true
		}
	}
	return false
}
