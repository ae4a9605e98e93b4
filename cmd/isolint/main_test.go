package main_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCommand runs the program in a module of its own, by itself and as a tool of go vet.
func TestCommand(t *testing.T) {
	isolint := filepath.Join(t.TempDir(), "isolint")
	if out, err := exec.Command("go", "build", "-o", isolint, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	module := t.TempDir()
	write(t, filepath.Join(module, "go.mod"), "module example.com/shop\n\ngo 1.24\n")
	write(t, filepath.Join(module, "shop.go"), "package shop\n\nconst Address = \"https://storage.googleapis.com\"\n")
	run := func(name string, args ...string) (output string, code int) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = module
		out, err := cmd.CombinedOutput()
		exit := new(exec.ExitError)
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	vet := []string{"vet", "-vettool=" + isolint, "./..."}

	const finding = "shop.go:3:17: host: googleapis.com"
	out, code := run(isolint)
	if code != 1 || !strings.Contains(out, finding) || !strings.Contains(out, "FAIL, 1 findings; 1 packages looked at") {
		t.Errorf("without a configuration: exit code %d\n%s", code, out)
	}
	if out, code := run("go", vet...); code != 1 || !strings.Contains(out, finding) {
		t.Errorf("go vet without a configuration: exit code %d\n%s", code, out)
	}

	// What go vet has found before must not outlive a change of the configuration, which is none of
	// its inputs.
	write(t, filepath.Join(module, "isolint.json"), `{"off": [{"rule": "host", "reason": "the shop is open"}]}`)
	if out, code := run(isolint, "./..."); code != 0 || !strings.Contains(out, "isolint: ok; 1 packages looked at") {
		t.Errorf("with the rule off: exit code %d\n%s", code, out)
	}
	if out, code := run("go", vet...); code != 0 {
		t.Errorf("go vet with the rule off: exit code %d\n%s", code, out)
	}

	write(t, filepath.Join(module, "isolint.json"), `{"skipped": [{"path": "example.com/shop", "reason": "lazy"}]}`)
	if out, code := run(isolint); code != 1 || !strings.Contains(out, "FAIL, nothing was looked at") {
		t.Errorf("with everything configured out: exit code %d\n%s", code, out)
	}
	write(t, filepath.Join(module, "isolint.json"), `{"off": [{"rule": "host"}]}`)
	if out, code := run(isolint); code != 2 || !strings.Contains(out, "rule host: no reason") {
		t.Errorf("with a faulty configuration: exit code %d\n%s", code, out)
	}
	if out, code := run("go", vet...); code == 0 || !strings.Contains(out, "rule host: no reason") {
		t.Errorf("go vet with a faulty configuration: exit code %d\n%s", code, out)
	}
	write(t, filepath.Join(module, "isolint.json"), `{"kept": ["example.com/shop.Grant"]}`)
	if out, code := run(isolint); code != 2 || !strings.Contains(out, "package example.com/shop has no Grant") {
		t.Errorf("with a configuration of another module: exit code %d\n%s", code, out)
	}

	// What a package does to state is told to the packages that import it, in either way of
	// running.
	write(t, filepath.Join(module, "isolint.json"), `{
		"off": [{"rule": "host", "reason": "the shop is open"}],
		"requestScoped": [{"path": "example.com/shop/..."}],
		"processWide": ["example.com/shop/web.site"]
	}`)
	write(t, filepath.Join(module, "shelf", "shelf.go"), `package shelf

type Shelf struct{ titles map[string]string }

func (s *Shelf) Put(id, title string) { s.titles[id] = title }
`)
	write(t, filepath.Join(module, "web", "web.go"), `package web

import "example.com/shop/shelf"

type site struct{ shelf *shelf.Shelf }

func (s *site) put() { s.shelf.Put("a", "b") }
`)
	const changed = "web.go:7:24: state: s.shelf is changed by shelf.Shelf.Put"
	if out, code := run(isolint); code != 1 || !strings.Contains(out, changed) || !strings.Contains(out, "FAIL, 1 findings") {
		t.Errorf("with state: exit code %d\n%s", code, out)
	}
	if out, code := run("go", vet...); code != 1 || !strings.Contains(out, changed) {
		t.Errorf("go vet with state: exit code %d\n%s", code, out)
	}
	write(t, filepath.Join(module, "isolint.json"), `{}`)
	write(t, filepath.Join(module, "broken.go"), "package shop\n\nvar x int = \"\"\n")
	if out, code := run(isolint); code != 2 || !strings.Contains(out, "do not compile") {
		t.Errorf("with a package that does not compile: exit code %d\n%s", code, out)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
