package e2e_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// goFile matches the name of a Go file in a text, with the folders that stand before it.
var goFile = regexp.MustCompile(`(?:[\w-]+/)*[a-z]\w*\.go\b`)

// TestFilesThatAreNamed: a Go file that a page or a comment names is there. A comment may name one
// of its own folder or of one beneath it by the last part alone.
func TestFilesThatAreNamed(t *testing.T) {
	files := sources(t)
	ends := func(folder, name string) bool {
		for _, f := range files {
			if (f == name || strings.HasSuffix(f, "/"+name)) && strings.HasPrefix(f, folder) {
				return true
			}
		}
		return false
	}
	named := 0
	for _, f := range files {
		isGo := path.Ext(f) == ".go"
		if strings.Contains(f, "testdata/") || !isGo && path.Ext(f) != ".md" {
			continue
		}
		text, err := os.ReadFile("../" + f)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(text), "\n") {
			if isGo && !strings.HasPrefix(strings.TrimSpace(line), "//") {
				continue
			}
			for _, name := range goFile.FindAllString(line, -1) {
				named++
				folder := ""
				if isGo && !strings.Contains(name, "/") {
					folder = path.Dir(f) + "/"
				}
				if !ends(folder, name) {
					t.Errorf("%s:%d names %s, which is not there", f, n+1, name)
				}
			}
		}
	}
	if named < 50 {
		t.Errorf("%d files are named, so this looks at little", named)
	}
}

// sources returns the module's files, by their paths.
func sources(t *testing.T) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS(".."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() != "." && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case !d.IsDir():
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
