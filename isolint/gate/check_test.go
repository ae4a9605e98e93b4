package gate_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bulkhead-saas/bulkhead/isolint"
	"github.com/bulkhead-saas/bulkhead/isolint/gate"
)

// TestPartOfTheRepository: a few packages are judged as among all, for what they import is looked
// at, too.
func TestPartOfTheRepository(t *testing.T) {
	cfg, err := isolint.Read("../../isolint.json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := gate.Check(gate.Request{Dir: "../..", Config: cfg, Patterns: []string{"./internal/users", "./web/people"}})
	if err != nil || !v.OK() || len(v.Packages[isolint.Looked]) != 2 {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestCopiesShareTheBuildCache: with -trimpath, what cgo has made of a package serves a copy of it
// in another folder too. A finding there names the copy.
func TestCopiesShareTheBuildCache(t *testing.T) {
	t.Setenv("GOFLAGS", os.Getenv("GOFLAGS")+" -trimpath")
	for _, dir := range []string{t.TempDir(), t.TempDir()} {
		for name, text := range map[string]string{
			"go.mod": "module copied.test\n", "c.go": "package copied\n\nimport \"C\"\n\nvar _ C.int\n",
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		v, err := gate.Check(gate.Request{Dir: dir, Patterns: []string{"."}, Config: &isolint.Config{}})
		if err != nil {
			t.Fatal(err)
		}
		if len(v.Findings) == 0 {
			t.Error("a package that uses cgo passes")
		}
		for _, f := range v.Findings {
			if f.Pos.Filename != "c.go" {
				t.Errorf("in %s: %s: %s", dir, f.Pos, f.Message)
			}
		}
	}
}
