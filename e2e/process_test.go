package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Cmd/dev is killed outright while four people upload, three times over; after each restart every
// upload that was acknowledged is there, whole.
func TestKilledWhileWriting(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	acknowledged := map[string]string{} // id -> content
	var mu sync.Mutex

	for round := range 3 {
		s := startOwn(t, data)
		editor := s.as(t, s.tenant("acme"), "editor")
		for id, content := range acknowledged {
			if got := string(editor.fetch(id)); got != content {
				t.Fatalf("round %d: upload %s is now %d bytes, was %d", round, id, len(got), len(content))
			}
		}
		var writers sync.WaitGroup
		for w := range 4 {
			writers.Go(func() {
				for n := 0; ; n++ {
					content := fmt.Sprintf("round %d writer %d file %d %s", round, w, n, strings.Repeat("x", rand.IntN(20_000)))
					id, ok := tryUpload(editor, content)
					if !ok {
						return // killed
					}
					mu.Lock()
					acknowledged[id] = content
					mu.Unlock()
				}
			})
		}
		waitFor(t, "some uploads", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(acknowledged) >= (round+1)*10
		})
		time.Sleep(time.Duration(rand.IntN(50)) * time.Millisecond) // somewhere in the middle of whatever goes on
		if err := s.stop(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		writers.Wait()
	}
	s := startOwn(t, data)
	editor := s.as(t, s.tenant("acme"), "editor")
	for id, content := range acknowledged {
		if got := string(editor.fetch(id)); got != content {
			t.Fatalf("at last: upload %s is %d bytes, was %d", id, len(got), len(content))
		}
	}
	t.Logf("%d acknowledged uploads survived three kills", len(acknowledged))
}

// A second start on the same folder keeps everything: addresses, tenants, people, passwords.
func TestSecondStartKeepsEverything(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	first := startOwn(t, data)
	id := first.as(t, first.tenant("globex"), "editor").upload("kept.txt", "text/plain", []byte("kept"))
	if err := first.stop(syscall.SIGINT); err != nil { // as Ctrl-C does; the shared instance is stopped by SIGTERM
		t.Fatal(err)
	}
	second := startOwn(t, data)
	if diff := cmp.Diff(first.Tenants, second.Tenants); diff != "" {
		t.Errorf("the tenants have changed (-first +second):\n%s", diff)
	}
	if diff := cmp.Diff(first.Endpoints, second.Endpoints); diff != "" {
		t.Errorf("the endpoints have changed (-first +second):\n%s", diff)
	}
	if got := string(second.as(t, second.tenant("globex"), "viewer").fetch(id)); got != "kept" {
		t.Errorf("the file is now %q", got)
	}
}

// A start that cannot be: one clear sentence each, and an exit code.
func TestRefusedStarts(t *testing.T) {
	for _, story := range []struct {
		says string
		args []string
		env  string
		want string
	}{
		{"the address is taken", []string{"-addr", world.addr, "-data", t.TempDir()}, "", "is taken"},
		{"the folder is in use", []string{"-addr", "127.0.0.1:0", "-data", world.data}, "", "in use"},
		{"an address that others reach", []string{"-addr", "0.0.0.0:0", "-data", t.TempDir()}, "", "loopback"},
		{"not an address", []string{"-addr", "8080", "-data", t.TempDir()}, "", "host:port"},
		{"an unknown flag", []string{"-prod"}, "", "flag provided but not defined"},
		{"a stray word", []string{"now"}, "", "unexpected argument"},
		{"an emulator's variable", []string{"-data", t.TempDir()}, "FIREBASE_AUTH_EMULATOR_HOST=127.0.0.1:9099", "FIREBASE_AUTH_EMULATOR_HOST"},
	} {
		t.Run(story.says, func(t *testing.T) {
			cmd := exec.CommandContext(testContext(t), binary, story.args...)
			if story.env != "" {
				cmd.Env = append(cmd.Environ(), story.env)
			}
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), story.want) {
				t.Errorf("err %v, output %q, want it to say %q", err, out, story.want)
			}
			if strings.Contains(string(out), "goroutine ") {
				t.Errorf("it panicked: %s", out)
			}
		})
	}
}

// tryUpload uploads like a client whose server may vanish at any moment: ok is false once it has.
func tryUpload(c caller, content string) (id string, ok bool) {
	var in intent
	if !c.try("POST", c.at.App+"/api/v1/uploads", fmt.Sprintf(`{"name":"f.txt","type":"text/plain","size":%d}`, len(content)), nil, http.StatusCreated, &in) {
		return "", false
	}
	if !c.try(in.Upload.Method, in.Upload.URL, content, in.Upload.Headers, http.StatusOK, nil) {
		return "", false
	}
	return in.ID, c.try("POST", c.at.App+"/api/v1/uploads/"+in.ID+"/complete", "{}", nil, http.StatusOK, nil)
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for ctx := testContext(t); !done(); time.Sleep(5 * time.Millisecond) {
		if ctx.Err() != nil {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
