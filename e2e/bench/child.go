package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/bulkhead-saas/bulkhead/e2e/bench/rounds"
)

// child is a process of ours. Its standard input is a pipe that ends with us, and the servers end
// with it.
type child struct {
	cmd   *exec.Cmd
	input io.WriteCloser
	lines *bufio.Scanner // what it prints
	ended chan struct{}
}

// startTimeout bounds a start.
const startTimeout = time.Minute

// start starts a program.
func (b *bench) start(name string, args ...string) (*child, error) {
	return b.startSaying(os.Stderr, name, args...)
}

// startSaying starts a program that writes its complaints there.
func (b *bench) startSaying(complaints io.Writer, name string, args ...string) (*child, error) {
	c := &child{cmd: exec.Command(name, args...), ended: make(chan struct{})}
	input, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c.input, c.lines, c.cmd.Stdout, c.cmd.Stderr = input, bufio.NewScanner(out), w, complaints
	err = c.cmd.Start()
	w.Close()
	if err != nil {
		return nil, err
	}
	go func() {
		_ = c.cmd.Wait()
		close(c.ended)
	}()
	b.mu.Lock()
	b.children = append(b.children, c)
	b.mu.Unlock()
	return c, nil
}

// serve starts this program as one of the servers, and returns it with the address that it listens
// on.
func (b *bench) serve(role string, p plan) (*child, string, error) {
	c, err := b.start(b.servers, "-serve", role)
	if err != nil {
		return nil, "", err
	}
	if err := json.NewEncoder(c.input).Encode(p); err != nil {
		return nil, "", err
	}
	addr, err := c.expect("ready ")
	return c, addr, err
}

// expect reads lines until one begins so, and returns the rest of it. The rest of what the child
// prints is read and forgotten.
func (c *child) expect(prefix string) (string, error) {
	found := make(chan string, 1)
	go func() {
		var before []string
		for c.lines.Scan() {
			if rest, ok := strings.CutPrefix(c.lines.Text(), prefix); ok {
				found <- rest
				for c.lines.Scan() {
				}
				return
			}
			before = append(before, c.lines.Text())
		}
		fmt.Fprintf(os.Stderr, "%s\n", strings.Join(before, "\n"))
		close(found)
	}()
	select {
	case rest, ok := <-found:
		if !ok {
			return "", fmt.Errorf("%s ended before it was ready", filepath.Base(c.cmd.Path))
		}
		return rest, nil
	case <-time.After(startTimeout):
		return "", fmt.Errorf("%s was not ready after %v", filepath.Base(c.cmd.Path), startTimeout)
	}
}

// end asks the child to end, and sees to it.
func (c *child) end() {
	_ = c.input.Close()
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.ended:
	case <-time.After(5 * time.Second):
		_ = c.cmd.Process.Kill()
		<-c.ended
	}
}

// cpu is what the processes have used of the processors so far: all their threads, as the kernel's
// scheduler counts them.
func cpu(of []*child) (time.Duration, error) {
	var sum int64
	for _, c := range of {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", c.cmd.Process.Pid))
		if err != nil || len(threads) == 0 {
			return 0, errors.Join(err, errors.New("this system does not tell what another process has used (it takes Linux)"))
		}
		for _, file := range threads {
			b, err := os.ReadFile(file)
			if err != nil {
				continue // the thread has ended
			}
			used, _, _ := strings.Cut(string(b), " ")
			ns, err := strconv.ParseInt(used, 10, 64)
			if err != nil {
				return 0, err
			}
			sum += ns
		}
	}
	return time.Duration(sum), nil
}

// rss is how much memory the process holds, in bytes.
func (c *child) rss() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", c.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0, errors.New("statm is too short")
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}

// goalsOf runs BenchmarkGoals of a package and takes its rows.
func (b *bench) goalsOf(pkg string) func(context.Context) error {
	return func(ctx context.Context) error {
		cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkGoals$", "-benchtime", "1x",
			"-timeout", "5m", fmt.Sprintf("-short=%t", b.quick), pkg)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		measured := false
		for line := range strings.Lines(string(out)) {
			if r, ok := rounds.Parse(strings.TrimSpace(line)); ok {
				b.row(r)
				measured = true
			}
		}
		if err == nil && !measured {
			err = errors.New("it measures nothing")
		}
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", pkg, err, out)
		}
		return nil
	}
}
