package apptest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/inspection"
)

// roleVariable makes the test binary a server of the application: see Main.
const roleVariable = "BULKHEAD_APPTEST_SERVE"

// Main is what TestMain calls in a package that runs roles of the application as processes of their
// own: each is this test binary once more. It does not return.
func Main(m *testing.M) {
	if os.Getenv(roleVariable) == "" {
		os.Exit(m.Run())
	}
	if err := serveInput(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serveInput serves what the input says, an app.Config in JSON, until the input ends. It writes the
// address when it is ready.
func serveInput(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var cfg app.Config
	if err := json.NewDecoder(in).Decode(&cfg); err != nil {
		return err
	}
	server, err := app.Open(ctx, cfg, slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return err
	}
	if err := server.Start(ctx); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, ln.Addr()); err != nil {
		return err
	}
	go func() { // the test has ended, or died
		_, _ = io.Copy(io.Discard, in)
		stop()
	}()
	return errors.Join(server.Serve(ctx, ln), server.Close(context.WithoutCancel(ctx)))
}

// Process is a server as a process of its own, which reads its configuration from its input.
type Process struct {
	Origin string

	command func() *exec.Cmd
	input   []byte

	cmd  *exec.Cmd
	pipe io.Closer
	said bytes.Buffer
}

// startRole runs a role of the application as a process of its own until the test ends. cfg.Addr
// must have a port, so that the process has the same address each time that it is started.
func startRole(t testing.TB, cfg app.Config, role string) *Process {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cfg.Role = role
	return startProcess(t, cfg, func() *exec.Cmd {
		c := exec.Command(self)
		c.Env = append(c.Environ(), roleVariable+"=1")
		return c
	})
}

// startInspection is startRole for Service B.
func startInspection(t testing.TB, cfg inspection.Config) *Process {
	t.Helper()
	cfg.Worker = "" // its own program
	file := Inspectiond(t)
	return startProcess(t, cfg, func() *exec.Cmd { return exec.Command(file) })
}

func startProcess(t testing.TB, cfg any, command func() *exec.Cmd) *Process {
	t.Helper()
	text, err := json.Marshal(cfg)
	must(t, err)
	p := &Process{command: command, input: text}
	t.Cleanup(func() { p.end(t) })
	p.Start(t)
	return p
}

// Start starts the process, which must have ended, and returns when it serves.
func (p *Process) Start(t testing.TB) {
	t.Helper()
	p.cmd, p.said = p.command(), bytes.Buffer{}
	input, err := p.cmd.StdinPipe()
	must(t, err)
	output, err := p.cmd.StdoutPipe()
	must(t, err)
	p.pipe, p.cmd.Stderr = input, &p.said
	must(t, p.cmd.Start())
	_, err = input.Write(p.input)
	must(t, err)
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		_ = p.cmd.Wait()
		t.Fatalf("the process does not start: %v\n%s", err, p.said.String())
	}
	p.Origin = "http://" + strings.TrimSpace(address)
}

// Kill kills the process with SIGKILL and returns its number. What the race detector has found
// until then fails the test.
func (p *Process) Kill(t testing.TB) (number int) {
	t.Helper()
	must(t, p.cmd.Process.Kill())
	_ = p.cmd.Wait()
	_ = p.pipe.Close()
	if said := p.said.String(); strings.Contains(said, "DATA RACE") {
		t.Errorf("the process:\n%s", said)
	}
	return p.cmd.Process.Pid
}

// end ends the process in peace.
func (p *Process) end(t testing.TB) {
	t.Helper()
	if p.cmd.ProcessState != nil {
		return
	}
	_ = p.pipe.Close()
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the process: %v\n%s", err, p.said.String())
	}
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
	// Inspectiond is Service B as a process of its own: it reads its configuration, as JSON, from
	// standard input, and prints where it listens.
	Inspectiond = program("inspectiond", "internal/app/apptest/inspectiond")
)
