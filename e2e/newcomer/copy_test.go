package newcomer_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	module = "github.com/bulkhead-saas/bulkhead"
	other  = "example.com/hull" // what a copy is called
	root   = "../.."
)

// copied is a copy of the module under another name, as gonew makes one.
type copied struct {
	dir     string
	scratch string            // programs and test binaries
	built   map[string]string // of the copy as it is: test binaries, and what isolint found
}

// copyModule copies the module's files, and names what they import by the copy's name. The build
// cache knows what they import of others.
func copyModule(t *testing.T) copied {
	t.Helper()
	if testing.Short() {
		t.Skip("not run with -short: it builds a copy of the whole module")
	}
	c := copied{filepath.Join(t.TempDir(), "hull"), t.TempDir(), map[string]string{}}
	list := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	n := 0
	for path := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if strings.HasPrefix(path, "e2e/newcomer/") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(root, path))
		if os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		c.write(t, path, content)
		n++
	}
	if n < 500 {
		t.Fatalf("only %d files copied", n)
	}
	return c
}

// overlay copies the files below from, which is a folder of testdata, to the same places in c.
func (c copied) overlay(t *testing.T, from string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		c.write(t, rel, content)
		files = append(files, rel)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// write writes a file of the copy, in which the copy's name stands for the module's.
func (c copied) write(t *testing.T, path string, content []byte) {
	t.Helper()
	clear(c.built)
	switch filepath.Ext(path) {
	case ".go", ".mod", ".json", ".templ":
		content = bytes.ReplaceAll(content, []byte(module), []byte(other))
	}
	at := filepath.Join(c.dir, path)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// run runs a command in a folder, and returns what it says. A go command has the GOFLAGS of these
// tests, so that it finds in the build cache what has been compiled for them.
func run(t *testing.T, dir, name string, args ...string) (said string, ok bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// must runs a command that must succeed.
func must(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	if said, ok := run(t, dir, name, args...); !ok {
		t.Fatalf("%s %s: %s", name, strings.Join(args, " "), said)
	}
}

// test links the tests of a package, or of one file, unless it has done so since the copy was
// changed. It runs those of the pattern in the copy: tests that read the source read the copy's.
func (c copied) test(t *testing.T, pkg, pattern string) (said string, ok bool) {
	t.Helper()
	bin := filepath.Join(c.scratch, strings.ReplaceAll(pkg, "/", "-")+".test")
	if c.built[pkg] == "" {
		said, ok = run(t, c.dir, "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-o", bin, "./"+pkg)
		if !ok {
			return said, false
		}
		c.built[pkg] = bin
	}
	dir := filepath.Join(c.dir, pkg)
	if filepath.Ext(dir) == ".go" {
		dir = filepath.Dir(dir)
	}
	said, ok = run(t, dir, bin, "-test.run", pattern)
	if ok && strings.Contains(said, "no tests to run") {
		t.Fatalf("%s has no test %s", pkg, pattern)
	}
	return said, ok
}
