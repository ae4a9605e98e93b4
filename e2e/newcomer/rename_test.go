package newcomer_test

import (
	"bytes"
	"path/filepath"
	"testing"
)

// TestCopyingUnderAnotherName copies the module as gonew does, under another path, builds it, and
// holds it to some of its own tests and to isolint, whose configuration names packages.
func TestCopyingUnderAnotherName(t *testing.T) {
	const other = "example.com/hull"
	renamed := 0
	c := copyModule(t, "bulkhead-renamed", func(path string, content []byte) []byte {
		switch filepath.Ext(path) {
		case ".go", ".mod", ".json", ".templ", ".mk":
			renamed += bytes.Count(content, []byte(module))
			return bytes.ReplaceAll(content, []byte(module), []byte(other))
		}
		return content
	})
	if renamed < 500 {
		t.Fatalf("only %d places name the module", renamed)
	}
	// Nothing in the build cache has the other path, so what is under it is compiled in the
	// quickest way.
	quick := "-gcflags=" + other + "/...=-race=false -N -l"
	must(t, c.dir, "go", "list", "-export", quick, "./...") // compiles each package, and links none of the programs
	must(t, c.dir, "go", "build", quick, "-ldflags=-s -w", "-o", filepath.Join(c.scratch, "server"), "./cmd/server")
	must(t, c.dir, "go", "test", quick, "-count=1", "-vet=off", "-ldflags=-s -w",
		"./internal/tenant", "./internal/controlplane/recordcache", "./web/assets", "./web/door")
	must(t, c.dir, "go", "run", quick, "-ldflags=-s -w", "./cmd/isolint", "./internal/users", "./web/people")
}
