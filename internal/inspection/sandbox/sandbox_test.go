package sandbox_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/inspect"
	"github.com/bulkhead-saas/bulkhead/internal/inspection/sandbox"
)

// A test binary may be built for the race detector, which takes many times the memory that a child
// may have. So children are programs that are built without it.
var built struct {
	sync.Mutex
	dir      string
	programs map[string]string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// program builds one of the programs in testdata.
func program(t *testing.T, name string) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if p := built.programs[name]; p != "" {
		return p
	}
	if built.dir == "" {
		dir, err := os.MkdirTemp("", "sandbox")
		if err != nil {
			t.Fatal(err)
		}
		built.dir, built.programs = dir, map[string]string{}
	}
	to := filepath.Join(built.dir, name)
	c := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-overlay="+os.Getenv("MUTANT_OVERLAY"), "-o", to, "./testdata/"+name)
	c.Env = append(c.Environ(), "GOFLAGS=-trimpath", "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	built.programs[name] = to
	return to
}

func child(t *testing.T, limits sandbox.Limits) *sandbox.Runner {
	t.Helper()
	return runner(t, limits, program(t, "child"), sandbox.Argument)
}

func runner(t *testing.T, limits sandbox.Limits, command ...string) *sandbox.Runner {
	t.Helper()
	r, err := sandbox.New(command, limits)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// file is a Source in memory.
type file string

func (f file) ReadAt(_ context.Context, p []byte, at int64) (int, error) {
	return strings.NewReader(string(f)).ReadAt(p, at)
}

type broken struct{ file }

var errBroken = errors.New("the bucket is gone")

func (broken) ReadAt(context.Context, []byte, int64) (int, error) { return 0, errBroken }

// stuck is a file that nobody answers for.
type stuck struct{ file }

func (stuck) ReadAt(ctx context.Context, _ []byte, _ int64) (int, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

func TestInspect(t *testing.T) {
	r := child(t, sandbox.DefaultLimits())
	large := strings.Repeat("0123456789abcdef", 100_000) // several pieces
	for content, want := range map[string]string{"": "text/plain", "hello": "text/plain", large: "text/plain", zipped(t): "application/zip"} {
		got, err := r.Inspect(t.Context(), file(content), int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		direct, err := inspect.Inspect(t.Context(), strings.NewReader(content), int64(len(content)), inspect.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		if got.Type != want || got.SHA256 != direct.SHA256 || got.Size != int64(len(content)) {
			t.Errorf("%d bytes: %+v, want as %+v", len(content), got, direct)
		}
	}
}

func zipped(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("a.txt")
	if err == nil {
		_, err = io.WriteString(w, "a")
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A report of an archive whose names are hostile stays within what is kept of it.
func TestReportIsBounded(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range 1000 {
		if _, err := z.Create(strings.Repeat("\x01", 500) + string(rune('a'+i%26)) + string(rune('a'+i/26))); err != nil {
			t.Fatal(err)
		}
	}
	w, err := z.Create("../out")
	if err == nil {
		_, err = io.WriteString(w, "x")
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	got, err := child(t, sandbox.DefaultLimits()).Inspect(t.Context(), file(b.String()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.Archive.Entries); n == 0 || n >= 1000 || got.Archive.Count != 1001 {
		t.Errorf("%d entries are named of %d", n, got.Archive.Count)
	}
	if !got.IsHarmful() {
		t.Error("the way out is lost")
	}
}

// What a file can make a decoder do is ended by the system, and the service is told what it was.
func TestHostileChildren(t *testing.T) {
	hostile := program(t, "hostile")
	usual := sandbox.DefaultLimits()
	with := func(change func(*sandbox.Limits)) sandbox.Limits {
		l := usual
		change(&l)
		return l
	}
	for _, c := range []struct {
		does   string
		limits sandbox.Limits
		want   error
		says   string
	}{
		{"spin", with(func(l *sandbox.Limits) { l.CPU = time.Second }), sandbox.ErrTimedOut, "signal: killed"},
		{"spin", with(func(l *sandbox.Limits) { l.Wall = 500 * time.Millisecond }), sandbox.ErrTimedOut, ""},
		{"sleep", with(func(l *sandbox.Limits) { l.Wall = 500 * time.Millisecond }), sandbox.ErrTimedOut, ""},
		{"allocate", usual, sandbox.ErrCrashed, "exit status 2"},
		{"talk", usual, sandbox.ErrCrashed, ""},
		{"lie", usual, sandbox.ErrCrashed, "another file"},
		{"unknown", usual, sandbox.ErrCrashed, "another form"},
		{"ask", usual, sandbox.ErrCrashed, "what is not there"},
		{"write", usual, sandbox.ErrCrashed, "file too large"},
		{"environment", usual, sandbox.ErrCrashed, "0 variables"},
	} {
		t.Run(c.does, func(t *testing.T) {
			t.Parallel()
			r := runner(t, c.limits, hostile, c.does)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // a child that nobody ends ends the test
			defer cancel()
			_, err := r.Inspect(ctx, file("hello"), 5)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %v that says %q", err, c.want, c.says)
			}
			if c.does == "allocate" {
				tookTwoGiB(t, err)
			}
		})
	}
}

// tookTwoGiB: the child got its memory, but for what the program itself takes, and no more.
func tookTwoGiB(t *testing.T, err error) {
	t.Helper()
	last := strings.LastIndex(err.Error(), " MiB")
	if last < 0 || !strings.Contains(err.Error(), "cannot allocate memory") && !strings.Contains(err.Error(), "out of memory") {
		t.Fatalf("%v: it was not ended for want of memory", err)
	}
	digits := err.Error()[:last]
	digits = digits[strings.LastIndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' })+1:]
	if len(digits) != 4 || digits < "1500" || digits > "2048" {
		t.Errorf("it was ended at %s MiB", digits)
	}
}

// A file that cannot be read is no fault of the file, and a caller that leaves takes the child
// along.
func TestUnreadableFile(t *testing.T) {
	r := child(t, sandbox.DefaultLimits())
	if _, err := r.Inspect(t.Context(), broken{"hello"}, 5); !errors.Is(err, errBroken) || errors.Is(err, sandbox.ErrCrashed) {
		t.Errorf("a file that cannot be read: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := r.Inspect(ctx, stuck{"hello"}, 5); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sandbox.ErrTimedOut) {
		t.Errorf("a caller that has left: %v", err)
	}
	short := sandbox.DefaultLimits()
	short.Wall = 300 * time.Millisecond
	if _, err := child(t, short).Inspect(t.Context(), stuck{"hello"}, 5); !errors.Is(err, sandbox.ErrTimedOut) {
		t.Errorf("a file that is never read: %v", err)
	}
}

func TestLimitsMustBePositive(t *testing.T) {
	for _, l := range []sandbox.Limits{{}, {Memory: 1, CPU: time.Second}, {Memory: 1, Wall: 1}, {CPU: time.Second, Wall: 1}} {
		if _, err := sandbox.New(nil, l); err == nil {
			t.Errorf("%+v is taken", l)
		}
	}
}
