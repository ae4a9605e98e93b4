// Command inspectiond is cmd/inspection for tests: Service B as a process of its own, which may
// speak to a local cloud in plain text. It reads its configuration, as JSON, from standard input,
// writes its address to standard output, and ends with its input.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"

	"github.com/bulkhead-saas/bulkhead/internal/inspection"
)

func main() {
	inspection.WorkerMain()
	if err := run(context.Background()); err != nil {
		fmt.Fprintf(os.Stderr, "inspectiond: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	input := json.NewDecoder(os.Stdin)
	var cfg inspection.Config
	if err := input.Decode(&cfg); err != nil {
		return err
	}
	service, err := inspection.New(ctx, cfg, slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, service.Close(context.WithoutCancel(ctx))) }()
	ln, err := net.Listen("tcp", cmp.Or(cfg.Addr, "127.0.0.1:0"))
	if err != nil {
		return err
	}
	if _, err := fmt.Println(ln.Addr()); err != nil {
		return err
	}
	go func() { // the test has ended, or died
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	return service.Serve(ctx, ln)
}
