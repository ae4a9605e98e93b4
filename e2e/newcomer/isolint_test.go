package newcomer_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// isolint looks at the copy, unless it has done so since the copy was changed, and returns what it
// finds.
func (c copied) isolint(t *testing.T) (said string, ok bool) {
	t.Helper()
	if found, looked := c.built["isolint"]; looked {
		return found, false
	}
	said, ok = run(t, c.dir, c.linter(t), "./internal/...", "./web/...")
	if !ok {
		c.built["isolint"] = said
	}
	return said, ok
}

// linter builds isolint, once a copy. It is a program that computes alone: under the race detector,
// which GOFLAGS asks for here, it would take minutes.
func (c copied) linter(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(c.scratch, "isolint")
	if _, err := os.Stat(bin); err == nil {
		return bin
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "./cmd/isolint")
	build.Dir = root
	build.Env = append(os.Environ(), "GOFLAGS=-trimpath", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("isolint: %v\n%s", err, out)
	}
	return bin
}
