package e2e_test

import (
	"os"
	"path"
	"strings"
	"testing"
	"unicode/utf8"
)

// columns is how wide a line of a comment or a page may be. A tab counts as four.
const columns = 100

// TestColumns: comments and pages fit into a narrow window. Code in them, tables and pictures may
// be wider.
func TestColumns(t *testing.T) {
	lines := 0
	for _, f := range sources(t) {
		isGo := path.Ext(f) == ".go" || path.Ext(f) == ".templ"
		if strings.HasSuffix(f, "_templ.go") || strings.Contains(f, "testdata/") || !isGo && path.Ext(f) != ".md" {
			continue
		}
		text, err := os.ReadFile("../" + f)
		if err != nil {
			t.Fatal(err)
		}
		code := false // in a block of code of a page
		for n, line := range strings.Split(string(text), "\n") {
			trimmed := strings.TrimLeft(line, " \t")
			prose := strings.HasPrefix(trimmed, "// ")
			if !isGo {
				if strings.HasPrefix(trimmed, "```") {
					code = !code
				}
				prose = !code && !strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "![")
			}
			if !prose {
				continue
			}
			lines++
			if wide := utf8.RuneCountInString(strings.ReplaceAll(line, "\t", "    ")); wide > columns {
				t.Errorf("%s:%d has %d columns, at most %d", f, n+1, wide, columns)
			}
		}
	}
	if lines < 5000 {
		t.Errorf("%d lines were measured, so this looks at little", lines)
	}
}
