package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startTimeout bounds a start; a cold machine under the race detector is slow.
const startTimeout = 2 * time.Minute

var (
	binary string  // cmd/dev, built once
	world  *system // the instance that most stories share
)

func TestMain(m *testing.M) {
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintf(os.Stderr, "e2e: %v\n", err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "bulkhead-e2e-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "dev")
	args := []string{"build", "-ldflags=-s -w", "-o", binary}
	if raceEnabled {
		// Argon2id shares its memory with nobody, and under the detector takes most of a sign-in.
		args = append(args, "-race", "-gcflags=golang.org/x/crypto/argon2=-race=false")
	}
	build := exec.Command("go", append(args, "../cmd/dev")...)
	if out, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("building cmd/dev: %w\n%s", err, out)
	}
	if world, err = start(filepath.Join(dir, "world")); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, world.stop(syscall.SIGTERM)) }()
	return m.Run(), nil
}

// system is one running cmd/dev and what its dev.json says.
type system struct {
	App       string
	Console   string
	Project   string
	Endpoints struct{ Firestore, Storage, Identity, Token string }
	Operator  operator
	Tenants   []*tenant
	Providers []provider

	data   string
	addr   string
	cmd    *exec.Cmd
	output *strings.Builder // all that it printed; read it only after stop
	ended  chan error
}

type tenant struct {
	ID, Slug, Name, Isolation, Database, Bucket, ServiceAccount, KeyFile string

	Region int
	Users  []login
}

type login struct{ Email, Password, Role string }

// provider is an OpenID provider that no tenant is set up with yet.
type provider struct {
	Name, Issuer, ClientID, ClientSecret string

	People []login // without roles
}

// start runs cmd/dev on the folder, with flags besides, and returns when it has said that it is
// ready.
func start(data string, flags ...string) (*system, error) {
	addr, err := freeAddr(data)
	if err != nil {
		return nil, err
	}
	s := &system{data: data, addr: addr, output: new(strings.Builder), ended: make(chan error, 1)}
	s.cmd = exec.Command(binary, append([]string{"-addr", addr, "-data", data}, flags...)...)
	pipe, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s.cmd.Stdout, s.cmd.Stderr = w, w
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	w.Close()

	ready := make(chan bool, 1)
	go func() {
		for lines := bufio.NewScanner(pipe); lines.Scan(); {
			s.output.WriteString(lines.Text() + "\n")
			if strings.HasPrefix(lines.Text(), "Ctrl-C stops it") {
				ready <- true
			}
		}
		s.ended <- s.cmd.Wait()
	}()
	select {
	case <-ready:
	case err := <-s.ended:
		return nil, fmt.Errorf("cmd/dev ended before it was ready: %w\n%s", err, s.output)
	case <-time.After(startTimeout):
		s.cmd.Process.Kill()
		<-s.ended
		return nil, fmt.Errorf("cmd/dev was not ready after %v\n%s", startTimeout, s.output)
	}
	b, err := os.ReadFile(filepath.Join(data, "dev.json"))
	if err != nil {
		return nil, err
	}
	return s, json.Unmarshal(b, s)
}

// freeAddr returns a free loopback address, and the same one for the same folder.
func freeAddr(data string) (string, error) {
	var before struct{ App string }
	if b, err := os.ReadFile(filepath.Join(data, "dev.json")); err == nil && json.Unmarshal(b, &before) == nil {
		return strings.TrimPrefix(before.App, "http://"), nil
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}

// stop sends the signal and waits. After SIGTERM the process must end well; a data race that it
// reports fails here too.
func (s *system) stop(sig syscall.Signal) error {
	if err := s.cmd.Process.Signal(sig); err != nil {
		return err
	}
	select {
	case err := <-s.ended:
		if sig == syscall.SIGKILL {
			err = nil
		}
		if strings.Contains(s.output.String(), "DATA RACE") {
			err = errors.Join(err, errors.New("data race"))
		}
		if err != nil {
			return fmt.Errorf("cmd/dev: %w\n%s", err, s.output)
		}
		return nil
	case <-time.After(startTimeout):
		s.cmd.Process.Kill()
		return fmt.Errorf("cmd/dev did not end after %v", sig)
	}
}

// startOwn starts an instance for one test alone.
func startOwn(t *testing.T, data string, flags ...string) *system {
	t.Helper()
	s, err := start(data, flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			if err := s.stop(syscall.SIGTERM); err != nil {
				t.Error(err)
			}
		}
	})
	return s
}

func (s *system) tenant(slug string) *tenant {
	for _, t := range s.Tenants {
		if t.Slug == slug {
			return t
		}
	}
	panic("dev.json has no tenant " + slug)
}

func (s *system) provider(name string) provider {
	for _, p := range s.Providers {
		if p.Name == name {
			return p
		}
	}
	panic("dev.json has no provider " + name)
}

func (t *tenant) user(role string) login {
	for _, u := range t.Users {
		if u.Role == role {
			return u
		}
	}
	panic(t.Slug + " has no " + role)
}

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
