package web_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// longestClient is how many lines a client of docs/api.md has at most.
const longestClient = 40

// clientOf returns the client in a language, as docs/api.md has it.
func clientOf(t *testing.T, language string) string {
	t.Helper()
	page, err := os.ReadFile("../docs/api.md")
	fail(t, err)
	_, section, _ := strings.Cut(string(page), "## Clients\n")
	_, block, ok := strings.Cut(section, "```"+language+"\n")
	code, _, ended := strings.Cut(block, "```\n")
	if n := strings.Count(code, "\n"); !ok || !ended || n > longestClient || n < 5 {
		t.Fatalf("the client in %s has %d lines, want at most %d", language, n, longestClient)
	}
	return code
}

// need skips the test where a program is not installed.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("NOT TESTED: %s is not installed", p)
		}
	}
}

// withoutTypes turns TypeScript into what any node runs. It is for tools, so it is built without
// the race detector.
func withoutTypes(t *testing.T, code string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "tool", "esbuild", "--loader=ts", "--format=esm", "--log-level=error")
	cmd.Env = append(os.Environ(), "GOFLAGS=")
	cmd.Stdin = strings.NewReader(code)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("esbuild: %v", err)
	}
	return string(out)
}

// TestClients runs each client of docs/api.md against a process that is served. It sends a file,
// lists to the end, and waits where it is told to.
func TestClients(t *testing.T) {
	t.Parallel()
	h := webtest.Open(t)
	site := h.Site(t, door.Limits{Rate: 2, InFlight: 100, SignIns: 100})
	var slowed atomic.Int64
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = strings.TrimPrefix(vendingtest.Origin, "http://") // as the proxy in front does
		counted := &status{ResponseWriter: w}
		if site.ServeHTTP(counted, r); counted.code == http.StatusTooManyRequests {
			slowed.Add(1)
		}
	}))
	defer served.Close()
	_, key := h.NewKey(t, h.Acme, tenant.Editor)
	editor := uploads.NewRepository(h.Grant(t, h.Acme.Editor))
	for _, name := range []string{"one.txt", "two.txt", "three.txt"} {
		_, _, err := editor.Create(t.Context(), uploads.Intent{Name: name, Size: 1}, nil)
		fail(t, err)
	}
	for language, c := range map[string]struct {
		needs     []string
		run       []string
		extension string
	}{
		"go": {[]string{"go"}, []string{"go", "run"}, "go"},
		"sh": {[]string{"sh", "curl", "jq"}, []string{"sh"}, "sh"},
		"ts": {[]string{"node"}, []string{"node"}, "mjs"},
	} {
		t.Run(language, func(t *testing.T) {
			code := clientOf(t, language)
			need(t, c.needs...)
			if language == "ts" {
				code = withoutTypes(t, code)
			}
			dir := t.TempDir()
			client, file := filepath.Join(dir, "client."+c.extension), filepath.Join(dir, "sent-by-"+language+".txt")
			content := []byte("sent by the client in " + language + ": \"ä\"\n")
			fail(t, os.WriteFile(client, []byte(code), 0o600))
			fail(t, os.WriteFile(file, content, 0o600))
			cmd := exec.CommandContext(t.Context(), c.run[0], append(c.run[1:], client, file)...)
			cmd.Env = append(os.Environ(), "GOFLAGS=", "BULKHEAD_APP="+served.URL, "BULKHEAD_TENANT=acme", "BULKHEAD_KEY="+key)
			before := slowed.Load()
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			for _, want := range []string{"pending one.txt", "pending two.txt", "pending three.txt", "stored " + filepath.Base(file)} {
				if strings.Count(string(out), want+"\n") != 1 {
					t.Errorf("it does not list %q once:\n%s", want, out)
				}
			}
			if slowed.Load() == before {
				t.Error("it was never told to wait: the test proves less than it says")
			}
			if !bytes.Equal(contentOf(t, editor, filepath.Base(file)), content) {
				t.Error("the file is not what was sent")
			}
		})
	}
}

// contentOf is what the stored file of that name holds.
func contentOf(t *testing.T, of *uploads.Repository, name string) []byte {
	t.Helper()
	page, err := of.List(t.Context(), uploads.Cursor{}, 0)
	fail(t, err)
	for _, u := range page.Items {
		if u.Name != name {
			continue
		}
		signed, err := of.Download(t.Context(), u.ID, false)
		fail(t, err)
		answer, err := http.Get(signed.URL)
		fail(t, err)
		defer answer.Body.Close()
		content, err := io.ReadAll(answer.Body)
		fail(t, err)
		return content
	}
	t.Fatalf("no file is called %s", name)
	return nil
}

// status is an answer of which the status is kept.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }
