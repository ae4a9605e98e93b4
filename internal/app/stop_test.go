package app_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/app"
)

// TestAnUnfinishedBodyIsNoError: a client that never sends the rest of its body neither keeps a
// server from stopping nor makes the stop a failure.
func TestAnUnfinishedBodyIsNoError(t *testing.T) {
	reading := make(chan struct{})
	server := app.NewCore(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(reading)
		_, _ = io.ReadAll(r.Body)
	}), 50*time.Millisecond)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, ln) }()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: 10\r\n\r\nhalf", ln.Addr())
	<-reading
	stop()
	if err := <-served; err != nil {
		t.Errorf("a clean stop fails: %v", err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the connection stays: %v", err)
	}
}

// TestASecondSignalEndsAtOnce: the process is this test's own program once more, which never comes
// to its end by itself.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	if os.Getenv("BULKHEAD_TEST_NEVER_ENDS") != "" {
		ctx, _ := app.UntilStopped(context.Background())
		fmt.Println("started")
		<-ctx.Done()
		for len(ctx.Err().Error()) > 0 { // what the first signal started takes for ever
			fmt.Println("stopping")
			time.Sleep(20 * time.Millisecond)
		}
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestASecondSignalEndsAtOnce$")
	child.Env = append(os.Environ(), "BULKHEAD_TEST_NEVER_ENDS=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; n < 20 && lines.Scan(); { // it says that it stops until it is gone
		if line := lines.Text(); line == "started" || line == "stopping" {
			n++
			_ = child.Process.Signal(os.Interrupt)
		}
	}
	if lines.Scan() && lines.Text() == "stopping" {
		_ = child.Process.Kill()
		t.Error("twenty signals did not end it")
	}
	_ = child.Wait()
	if status, ok := child.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("it ended with %v", child.ProcessState)
	}
}
