// Command server is Bulkhead's production binary. Flag -role, or BULKHEAD_ROLE, says what a process
// of it does. It reads its configuration from the environment, refuses to start on a doubtful one
// with every fault listed, and serves until it is told to stop.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"

	"github.com/bulkhead-saas/bulkhead/internal/app"
)

func main() {
	ctx, stop := app.UntilStopped(context.Background())
	defer stop()
	err := run(ctx, os.Args[1:], os.Environ(), os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "server: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args, environ []string, stderr io.Writer) (err error) {
	cfg, err := load(args, environ, stderr)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(stderr, nil))
	server, err := app.Open(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close(context.WithoutCancel(ctx))) }()
	if err := server.Start(ctx); err != nil {
		return err
	}
	ln, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return err
	}
	log.Info("listening", "role", cfg.Role, "addr", ln.Addr().String())
	return server.Serve(ctx, ln)
}
