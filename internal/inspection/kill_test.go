package inspection_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/inspection"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

// process is the service as a process of its own.
type process struct {
	*service
	cmd  *exec.Cmd
	done chan error
}

// spawn starts the service as a process.
func (w *world) spawn(t testing.TB, change ...func(*inspection.Config)) *process {
	t.Helper()
	cfg := w.config
	cfg.Worker = ""
	for _, c := range change {
		c(&cfg)
	}
	said, err := json.Marshal(cfg)
	must(t, err)
	p := &process{cmd: exec.Command(program(t, "./testdata/service")), done: make(chan error, 1)}
	p.cmd.Stdin, p.cmd.Stderr = bytes.NewReader(said), w.log
	p.cmd.Env = append(p.cmd.Environ(), "GOGC=100", "GOMEMLIMIT=off") // as a deployment starts it, however the suite runs
	out, err := p.cmd.StdoutPipe()
	must(t, err)
	must(t, p.cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("it did not start: %v\n%s", err, w.log)
	}
	p.service = &service{url: strings.TrimSpace(line), world: w}
	go func() { p.done <- p.cmd.Wait() }()
	t.Cleanup(func() { p.end(syscall.SIGKILL) })
	return p
}

// end ends the process, and waits for that.
func (p *process) end(by syscall.Signal) {
	if p.done == nil {
		return
	}
	_ = p.cmd.Process.Signal(by)
	<-p.done
	p.done = nil
}

// The service is killed again and again while it receives. What it has acknowledged is there, and
// the sender goes on from there.
func TestKilledWhileReceiving(t *testing.T) {
	w := newWorld(t)
	content := noise(6 << 20)
	p := w.spawn(t)
	c := p.client(acme, "doc")
	c.announce(t, 1, content).wants(t, 201)
	acknowledged, kills := 0, 0
	for acknowledged < len(content) {
		doomed := p
		if kills < 4 {
			kills++
			time.AfterFunc(time.Duration(20+rand.IntN(150))*time.Millisecond, func() { _ = doomed.cmd.Process.Kill() })
		}
		for acknowledged < len(content) {
			to := min(acknowledged+200_000, len(content))
			a, err := c.tryPart(1, content, acknowledged, to)
			if err != nil {
				break // killed
			}
			if s := a.wants(t, 200).state(t); s.Received != int64(to) {
				t.Fatalf("%d of %d are acknowledged", s.Received, to)
			}
			acknowledged = to
		}
		if acknowledged == len(content) {
			break
		}
		p.end(syscall.SIGKILL)
		p = w.spawn(t)
		c = p.client(acme, "doc")
		there := c.get(t, 1).wants(t, 200).state(t)
		if there.State != "receiving" && there.Received != int64(len(content)) || there.Received < int64(acknowledged) {
			t.Fatalf("after a kill: %+v, and %d were acknowledged", there, acknowledged)
		}
		acknowledged = int(there.Received)
	}
	time.Sleep(200 * time.Millisecond) // a kill that is under way
	p.end(syscall.SIGKILL)
	p = w.spawn(t)
	c = p.client(acme, "doc")
	if got := c.ended(t, 1); got.State != "done" || got.Verdict != "clean" || got.Report.SHA256 != sha(content) {
		t.Errorf("after %d kills: %+v", kills, got)
	}
	mine := w.clients(t)
	waitFor(t, "an empty bucket", func() bool { return len(objects(t, mine)) == 0 })
}

// The service is killed while it inspects. The child ends with it, and the next process begins
// again, although nobody asks.
func TestKilledWhileInspecting(t *testing.T) {
	w := newWorld(t)
	hostile := program(t, "./testdata/hostile")
	slow := func(c *inspection.Config) { c.Worker = hostile }
	p := w.spawn(t, slow)
	c := p.client(acme, "doc")
	c.announce(t, 1, "slow").wants(t, 201)
	c.part(t, 1, "slow", 0, 4).wants(t, 200)
	waitFor(t, "a child", func() bool { return running(hostile) > 0 })
	p.end(syscall.SIGKILL)
	waitFor(t, "the child's end", func() bool { return running(hostile) == 0 })

	p = w.spawn(t, slow)
	c = p.client(acme, "doc")
	if got := c.get(t, 1).wants(t, 200).state(t); got.State != "inspecting" || got.Deadline == nil {
		t.Errorf("after the kill: %+v", got)
	}
	waitFor(t, "another child", func() bool { return running(hostile) > 0 })
	if got := c.ended(t, 1); got.Verdict != "clean" {
		t.Errorf("%+v", got)
	}
}

// A child that would go on for minutes ends with the service that is killed.
func TestChildDiesWithService(t *testing.T) {
	w := newWorld(t)
	hostile := program(t, "./testdata/hostile")
	p := w.spawn(t, func(c *inspection.Config) { c.Worker = hostile })
	c := p.client(acme, "doc")
	c.announce(t, 1, "spin").wants(t, 201)
	c.part(t, 1, "spin", 0, 4).wants(t, 200)
	waitFor(t, "a child", func() bool { return running(hostile) > 0 })
	p.end(syscall.SIGKILL)
	waitFor(t, "the child's end", func() bool { return running(hostile) == 0 })
}

// A process that is told to stop leaves its inspection to the next one at once.
func TestStoppedWhileInspecting(t *testing.T) {
	w := newWorld(t)
	hostile := program(t, "./testdata/hostile")
	slow := func(c *inspection.Config) {
		c.Worker = hostile
		c.Receiving.Lease = time.Hour
	}
	p := w.spawn(t, slow)
	c := p.client(acme, "doc")
	c.announce(t, 1, "slow").wants(t, 201)
	c.part(t, 1, "slow", 0, 4).wants(t, 200)
	waitFor(t, "a child", func() bool { return running(hostile) > 0 })
	p.end(syscall.SIGTERM)
	if n := running(hostile); n != 0 {
		t.Errorf("%d children are left", n)
	}
	if got := w.spawn(t, slow).client(acme, "doc").ended(t, 1); got.Verdict != "clean" {
		t.Errorf("%+v", got)
	}
}

// A file that costs one process after another its life is given up.
func TestDeadlyFile(t *testing.T) {
	w := newWorld(t)
	hostile := program(t, "./testdata/hostile")
	slow := func(c *inspection.Config) {
		c.Worker = hostile
		c.Receiving.Lease = 500 * time.Millisecond
	}
	for n := range 3 {
		p := w.spawn(t, slow)
		c := p.client(acme, "doc")
		if n == 0 {
			c.announce(t, 1, "slow").wants(t, 201)
			c.part(t, 1, "slow", 0, 4).wants(t, 200)
		}
		waitFor(t, "a child", func() bool { return running(hostile) > 0 })
		p.end(syscall.SIGKILL)
		waitFor(t, "the child's end", func() bool { return running(hostile) == 0 })
	}
	if got := w.spawn(t, slow).client(acme, "doc").ended(t, 1); got.State != "failed" || got.Reason != "crashed" {
		t.Errorf("%+v", got)
	}
}

// Two processes on one database: the lease lets one of them inspect.
func TestTwoProcesses(t *testing.T) {
	w := newWorld(t)
	hostile := program(t, "./testdata/hostile")
	slow := func(c *inspection.Config) { c.Worker = hostile }
	first, second := w.spawn(t, slow), w.spawn(t, slow)
	c := first.client(acme, "doc")
	c.announce(t, 1, "slow").wants(t, 201)
	// Both find it at the same time.
	delay := w.strike(fault.Rule{Method: "/google.firestore.v1.Firestore/Commit", Delay: 300 * time.Millisecond})
	c.part(t, 1, "slow", 0, 4).wants(t, 200)
	second.client(acme, "doc").get(t, 1).wants(t, 200)
	waitFor(t, "a child", func() bool { return running(hostile) > 0 })
	delay.Remove()
	most := 0
	waitFor(t, "a final state", func() bool {
		most = max(most, running(hostile))
		return second.client(acme, "doc").get(t, 1).wants(t, 200).state(t).State == "done"
	})
	if most != 1 {
		t.Errorf("%d children were at it", most)
	}
}

// running is how many processes run a program.
func running(program string) (n int) {
	all, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, link := range all {
		if to, err := os.Readlink(link); err == nil && to == program {
			n++
		}
	}
	return n
}
