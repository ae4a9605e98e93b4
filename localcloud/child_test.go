package localcloud_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// childDir names the variable that makes this test binary run a cloud on a folder, until it is
// killed.
const childDir = "LOCALCLOUD_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := serveForParent(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serveForParent runs a cloud on dir and says where. "full" on its input makes files take not a
// byte more, and "room" ends that; each is answered by a line. The end of its input is its end.
func serveForParent(dir string) error {
	signal.Ignore(syscall.SIGXFSZ) // such a write then fails like one on a full disk
	cloud, err := localcloud.Start(context.Background(), localcloud.Config{Dir: dir, Project: localcloudtest.Project})
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(cloud.Endpoints()); err != nil {
		return err
	}
	for input := bufio.NewScanner(os.Stdin); input.Scan(); fmt.Println("done") {
		limit := syscall.Rlimit{Max: math.MaxUint64}
		if input.Text() == "room" {
			limit.Cur = limit.Max
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			return err
		}
	}
	return nil
}

// child is a cloud in a process of its own.
type child struct {
	t      *testing.T
	cmd    *exec.Cmd
	input  io.Writer
	output *bufio.Scanner
}

// startChild starts a cloud on dir and waits until it serves.
func startChild(t *testing.T, dir string) *child {
	t.Helper()
	// Another test's cloud may have got a port of the folder while no child had it: it gives it
	// back when it ends.
	for range 30 {
		if c := tryChild(t, dir); c != nil {
			return c
		}
		time.Sleep(time.Second)
	}
	t.Fatal("the child did not start")
	return nil
}

// tryChild is startChild once; nil if the child ended before it was ready.
func tryChild(t *testing.T, dir string) *child {
	t.Helper()
	c := &child{t: t, cmd: exec.Command(os.Args[0])}
	c.cmd.Env = append(os.Environ(), childDir+"="+dir)
	c.cmd.Stderr = os.Stderr
	output, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if c.input, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	c.output = bufio.NewScanner(output)
	if !c.output.Scan() {
		c.kill()
		return nil
	}
	return c
}

// tell has the child do as it is told.
func (c *child) tell(what string) {
	c.t.Helper()
	if _, err := fmt.Fprintln(c.input, what); err != nil || !c.output.Scan() {
		c.t.Fatalf("the child did not do %q: %v", what, err)
	}
}

// kill ends the child as a crash would.
func (c *child) kill() {
	if c.cmd.ProcessState == nil {
		_ = c.cmd.Process.Kill() // SIGKILL
		_ = c.cmd.Wait()         // killed, it says
	}
}
