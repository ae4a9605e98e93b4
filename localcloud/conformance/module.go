package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// source is a copy of a module, and a go.mod that builds this repository with it.
type source struct {
	dir     string
	version string
	modfile string
}

// fetch copies the module, in the version that go.mod names, to a folder in dir.
func fetch(ctx context.Context, module, dir string) (source, error) {
	var downloaded struct{ Dir, Version, Error string }
	out, err := exec.CommandContext(ctx, "go", "mod", "download", "-json", module).Output()
	if jsonErr := json.Unmarshal(out, &downloaded); err == nil {
		err = jsonErr
	}
	if err != nil || downloaded.Error != "" {
		return source{}, fmt.Errorf("downloading %s: %w %s", module, explained(err), downloaded.Error)
	}
	src := source{dir: filepath.Join(dir, "module"), version: downloaded.Version, modfile: filepath.Join(dir, "go.mod")}
	if err := copyTree(src.dir, downloaded.Dir); err != nil {
		return source{}, err
	}
	return src, src.replace(ctx, module)
}

// replace writes a go.mod, and a go.sum, that are this repository's with the copy in place of the
// module: the tests are so compiled with the very versions that the repository is.
func (src source) replace(ctx context.Context, module string) error {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return explained(err)
	}
	mod := strings.TrimSpace(string(out))
	for from, to := range map[string]string{mod: src.modfile, sumOf(mod): sumOf(src.modfile)} {
		b, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, b, 0o600)
		}
		if err != nil {
			return err
		}
	}
	edit := exec.CommandContext(ctx, "go", "mod", "edit", "-replace="+module+"="+src.dir, src.modfile)
	return explained(edit.Run())
}

func sumOf(mod string) string { return strings.TrimSuffix(mod, ".mod") + ".sum" }

// copyTree copies a folder. The module cache is read-only; the copy is not.
func copyTree(to, from string) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	return filepath.WalkDir(to, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chmod(path, 0o700)
	})
}

// apply makes the edit in the module in dir.
func (e edit) apply(dir string) error {
	path := filepath.Join(dir, filepath.FromSlash(e.file))
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if n := strings.Count(string(b), e.old); n != 1 {
		return fmt.Errorf("%s has changed: the text to edit occurs %d times, not once:\n%s", e.file, n, e.old)
	}
	return os.WriteFile(path, []byte(strings.Replace(string(b), e.old, e.new, 1)), 0o600)
}

// explained adds to the failure of a command what it printed.
func explained(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	return err
}
