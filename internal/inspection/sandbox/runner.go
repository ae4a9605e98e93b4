package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec" //isolint:allow bypass it starts the program that looks at one file, as a process that the system limits
	"runtime"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/bulkhead-saas/bulkhead/internal/inspection/inspect"
)

// Runner starts children. Safe for concurrent use.
type Runner struct {
	command []string
	limits  Limits
}

// New returns a Runner. command is a program that calls ChildMain, and its arguments; empty: this
// program.
func New(command []string, limits Limits) (*Runner, error) {
	if err := limits.validate(); err != nil {
		return nil, err
	}
	if len(command) == 0 {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("sandbox: %w", err)
		}
		command = []string{self, Argument}
	}
	return &Runner{command, limits}, nil
}

// Inspect has a child look at a file of this size, and ends it when ctx ends. It returns
// ErrTimedOut, ErrCrashed, the error of ctx, or the one with which the file could not be read.
func (r *Runner) Inspect(ctx context.Context, file Source, size int64) (inspect.Report, error) {
	told, err := json.Marshal(job{size, r.limits})
	if err != nil {
		return inspect.Report{}, err
	}
	p, err := openPipes()
	if err != nil {
		return inspect.Report{}, err
	}
	defer p.close()
	// The system ends the child when the thread ends that has started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	within, cancel := context.WithTimeout(ctx, r.limits.Wall)
	defer cancel()

	report, trace := &bounded{most: MostReport}, &bounded{most: 4 << 10, drops: true}
	c := exec.CommandContext(within, r.command[0], r.command[1:]...)
	c.Env, c.Dir, c.SysProcAttr = []string{}, "/", dying()
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(told), report, trace
	c.ExtraFiles = []*os.File{p.questionsWriter, p.answersReader}
	c.WaitDelay = time.Second
	if err := c.Start(); err != nil {
		return inspect.Report{}, fmt.Errorf("sandbox: %w", err)
	}
	p.started()
	var reading error
	var answering sync.WaitGroup
	answering.Go(func() {
		if reading = answer(within, file, size, p.questions, p.answers); reading != nil {
			cancel()
		}
	})
	ended := c.Wait()
	timedOut := within.Err() == context.DeadlineExceeded
	cancel() // what is being read for the child is read for nobody
	p.close()
	answering.Wait()

	switch {
	case ctx.Err() != nil:
		return inspect.Report{}, ctx.Err()
	case timedOut:
		return inspect.Report{}, ErrTimedOut
	case errors.Is(reading, errQuestion):
		return inspect.Report{}, fmt.Errorf("%w: %w", ErrCrashed, reading)
	case reading != nil && !errors.Is(reading, context.Canceled):
		return inspect.Report{}, reading
	case ended != nil && r.usedUp(c.ProcessState):
		return inspect.Report{}, fmt.Errorf("%w: %w", ErrTimedOut, ended)
	case ended != nil:
		return inspect.Report{}, fmt.Errorf("%w: %w: %s", ErrCrashed, ended, trace.text())
	}
	return decode(report.buf.Bytes(), size)
}

// usedUp reports whether a child has used the computing time that it may have.
func (r *Runner) usedUp(s *os.ProcessState) bool {
	return s.UserTime()+s.SystemTime() >= r.limits.CPU-time.Second/2
}

// decode reads what a child has answered.
func decode(text []byte, size int64) (inspect.Report, error) {
	var report inspect.Report
	if err := json.Unmarshal(text, &report, json.RejectUnknownMembers(true)); err != nil {
		return inspect.Report{}, fmt.Errorf("%w: its report is of another form", ErrCrashed)
	}
	if report.Size != size || report.Type == "" || len(report.SHA256) != 64 {
		return inspect.Report{}, fmt.Errorf("%w: its report is of another file", ErrCrashed)
	}
	return report, nil
}

// pipes are the two pipes between the service and a child.
type pipes struct {
	questions, answers             *os.File // the service's ends
	questionsWriter, answersReader *os.File // the child's
}

func openPipes() (p pipes, err error) {
	if p.questions, p.questionsWriter, err = os.Pipe(); err != nil {
		return pipes{}, fmt.Errorf("sandbox: %w", err)
	}
	if p.answersReader, p.answers, err = os.Pipe(); err != nil {
		p.close()
		return pipes{}, fmt.Errorf("sandbox: %w", err)
	}
	return p, nil
}

// started closes the child's ends, which the child has by now.
func (p pipes) started() {
	_ = p.questionsWriter.Close()
	_ = p.answersReader.Close()
}

func (p pipes) close() {
	for _, f := range []*os.File{p.questions, p.answers, p.questionsWriter, p.answersReader} {
		_ = f.Close() // again, perhaps
	}
}

// bounded is a buffer that takes so many bytes, and then drops what comes or refuses it.
type bounded struct {
	buf   bytes.Buffer
	most  int
	drops bool
}

var errTooLong = errors.New("sandbox: the child says too much")

func (b *bounded) Write(p []byte) (int, error) {
	room := b.most - b.buf.Len()
	if len(p) <= room {
		return b.buf.Write(p)
	}
	if !b.drops {
		return 0, errTooLong
	}
	b.buf.Write(p[:room])
	return len(p), nil
}

// text is the first line of what was written.
func (b *bounded) text() string {
	line, _, _ := bytes.Cut(b.buf.Bytes(), []byte("\n"))
	return string(line)
}

var _ io.Writer = (*bounded)(nil)
