package newcomer_test

import (
	"bytes"
	"os"
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
	// quickest way, and in one way only: isolint reads what the compiler has left.
	t.Setenv("GOFLAGS", os.Getenv("GOFLAGS")+" '-gcflags="+other+"/...=-race=false -N -l' '-ldflags=-s -w'")
	must(t, c.dir, "go", "build", "-o", filepath.Join(c.scratch, "dev"), "./cmd/dev")
	must(t, c.dir, "go", "test", "-count=1", "-vet=off",
		"./internal/tenant", "./internal/controlplane/recordcache", "./web/assets", "./web/door")
	must(t, c.dir, c.linter(t), "./internal/users", "./web/people")
}
