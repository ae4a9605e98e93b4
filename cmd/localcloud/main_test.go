package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/localcloud"
)

// start runs the command until the test calls stop, which returns run's error.
func start(t *testing.T, args ...string) (lines *bufio.Scanner, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, args, w, io.Discard)
		w.CloseWithError(io.EOF)
		ended <- err
	}()
	t.Cleanup(cancel)
	return bufio.NewScanner(r), func() error {
		cancel()
		_, _ = io.Copy(io.Discard, r)
		return <-ended
	}
}

// untilReady returns what the command prints before it waits.
func untilReady(t *testing.T, lines *bufio.Scanner) string {
	t.Helper()
	var printed strings.Builder
	for lines.Scan() {
		printed.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), "Stop with") {
			return printed.String()
		}
	}
	t.Fatalf("the command ended; it printed:\n%s", printed.String())
	return ""
}

func TestRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cloud")
	lines, stop := start(t, "-dir", dir, "-project", "some-project")
	first := untilReady(t, lines)
	key := filepath.Join(dir, "owner-key.json")
	for _, want := range []string{"some-project", "http://127.0.0.1:", "/token", key, "AIza"} {
		if !strings.Contains(first, want) {
			t.Errorf("no %q in what it printed:\n%s", want, first)
		}
	}
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the owner's key: %v, %v", info, err)
	}

	err := run(t.Context(), []string{"-dir", dir, "-project", "some-project"}, io.Discard, io.Discard)
	if !errors.Is(err, localcloud.ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("a second one on the same folder: %v", err)
	}
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}

	lines, stop = start(t, "-dir", dir, "-project", "some-project", "-projects", "another-one,a-third-one")
	more := untilReady(t, lines)
	for _, want := range []string{"Project another-one\n", "Project a-third-one\n", filepath.Join(dir, "owner-key-a-third-one.json")} {
		if !strings.Contains(more, want) {
			t.Errorf("no %q in what it printed:\n%s", want, more)
		}
	}
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestRunIsTheSameAgain(t *testing.T) {
	dir := t.TempDir()
	lines, stop := start(t, "-dir", dir, "-project", "some-project")
	first := untilReady(t, lines)
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	lines, stop = start(t, "-dir", dir, "-project", "some-project")
	if again := untilReady(t, lines); again != first {
		t.Errorf("the second time it printed:\n%s\nthe first time:\n%s", again, first)
	}
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestRunRefusals(t *testing.T) {
	if err := run(t.Context(), []string{"-help"}, io.Discard, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-help: %v", err)
	}
	if err := run(t.Context(), []string{"start"}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), `"start"`) {
		t.Errorf("an argument: %v", err)
	}
	if err := run(t.Context(), []string{"-project", ""}, io.Discard, io.Discard); err == nil {
		t.Error("no project: no error")
	}
}
