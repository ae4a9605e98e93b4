package apptest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/inspection"
)

// startProcess runs Service B as a process of its own until the test ends, and returns its
// origin.
func startProcess(t testing.TB, cfg inspection.Config) string {
	t.Helper()
	text, err := json.Marshal(cfg)
	must(t, err)
	c := exec.Command(inspectiond(t))
	input, err := c.StdinPipe()
	must(t, err)
	output, err := c.StdoutPipe()
	must(t, err)
	var said bytes.Buffer
	c.Stderr = &said
	must(t, c.Start())
	t.Cleanup(func() {
		_ = input.Close()
		if err := c.Wait(); err != nil {
			t.Errorf("Service B's process: %v\n%s", err, said.String())
		}
	})
	_, err = input.Write(text)
	must(t, err)
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("Service B's process does not start: %v\n%s", err, said.String())
	}
	return "http://" + strings.TrimSpace(address)
}

// program builds a command, once a process, without the race detector: for one that may have little
// memory or that is measured.
func program(name, pkg string) func(testing.TB) string {
	var once sync.Once
	var file string
	return func(t testing.TB) string {
		t.Helper()
		once.Do(func() {
			dir, err := os.MkdirTemp("", "bulkhead-"+name+"-")
			must(t, err)
			file = filepath.Join(dir, name)
			c := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-o", file, "github.com/bulkhead-saas/bulkhead/"+pkg)
			c.Env = append(c.Environ(), "GOFLAGS=-trimpath", "CGO_ENABLED=0")
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("go build: %v\n%s", err, out)
			}
		})
		return file
	}
}

var (
	// inspectionProgram is Service B's program, which it starts once more for each file.
	inspectionProgram = program("inspection", "cmd/inspection")
	inspectiond       = program("inspectiond", "internal/app/apptest/inspectiond")
)
