package newcomer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/isolint"
	"github.com/bulkhead-saas/bulkhead/isolint/gate"
)

// contents are the files of the copy that differ, by the paths that they would have in this module.
// What is loaded with them shares the build cache with the module.
func (c copied) contents(t *testing.T) (here string, files map[string][]byte) {
	t.Helper()
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	files = map[string][]byte{}
	for path := range c.differs {
		if content, err := os.ReadFile(filepath.Join(c.dir, path)); err == nil {
			files[filepath.Join(here, path)] = content
		}
	}
	return here, files
}

// isolint looks at the copy, unless it has done so since the copy was changed, and returns what it
// finds.
func (c copied) isolint(t *testing.T) (said string, ok bool) {
	t.Helper()
	if found, looked := c.built["isolint"]; looked {
		return found, false
	}
	cfg, err := isolint.Parse(c.read(t, isolint.FileName))
	if err != nil {
		t.Fatal(err)
	}
	here, files := c.contents(t)
	verdict, err := gate.Check(gate.Request{Dir: here, Patterns: []string{"./internal/...", "./web/..."}, Overlay: files, Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := verdict.Print(&out); err != nil {
		t.Fatal(err)
	}
	if !verdict.OK() {
		c.built["isolint"] = out.String()
	}
	return out.String(), verdict.OK()
}
