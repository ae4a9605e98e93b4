package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docs/isolation.md names tests as package.TestName. Each must exist, so that no claim is left
// without its test.
func TestDocumentedTestsExist(t *testing.T) {
	page, err := os.ReadFile("../docs/isolation.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z/0-9]+)\\.(Test\\w+)`").FindAllStringSubmatch(string(page), -1)
	if len(named) < 20 {
		t.Fatalf("the page names only %d tests", len(named))
	}
	for _, m := range named {
		dir := m[1]
		switch root, _, _ := strings.Cut(dir, "/"); root {
		case "cmd", "e2e", "web", "localcloud", "isolint", "guard":
		default:
			dir = "internal/" + dir
		}
		if !declares(t, filepath.Join("..", dir), m[2]) {
			t.Errorf("docs/isolation.md names %s.%s, which does not exist", m[1], m[2])
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
		if strings.Contains(string(b), "\nfunc "+test+"(t *testing.T) {") {
			return true
		}
	}
	return false
}
