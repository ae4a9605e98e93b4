// Command inspection is Service B: it looks at files and texts, and says what they are. It reads
// its configuration from the environment, refuses to start on a doubtful one with every fault
// listed, and serves until it is told to stop.
//
// With one argument that nobody types it is the process that inspects a single file: see package
// internal/inspection/sandbox.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/caarlos0/env/v11"

	"github.com/bulkhead-saas/bulkhead/internal/inspection"
)

func main() {
	inspection.WorkerMain()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // being told a second time ends the process at once
	if err := run(ctx, os.Args[1:], os.Environ(), os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "inspection: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args, environ []string, stderr io.Writer) (err error) {
	cfg, err := load(args, environ)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(stderr, nil))
	service, err := inspection.New(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, service.Close(context.WithoutCancel(ctx))) }()
	ln, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return err
	}
	log.Info("listening", "addr", ln.Addr().String())
	return service.Serve(ctx, ln)
}

// load reads the configuration.
func load(args, environ []string) (inspection.Config, error) {
	if len(args) > 0 {
		return inspection.Config{}, fmt.Errorf("unexpected argument %q: it is configured by its environment", args[0])
	}
	variables := env.ToMap(environ)
	var faults []error
	for name := range variables {
		if strings.Contains(name, "_EMULATOR_HOST") {
			faults = append(faults, fmt.Errorf("%s is set: a server never talks to an emulator", name))
		}
	}
	cfg, err := env.ParseAsWithOptions[inspection.Config](env.Options{Environment: variables})
	if err != nil {
		faults = append(faults, err)
	}
	if cfg.Addr == "" && variables["PORT"] != "" {
		cfg.Addr = ":" + variables["PORT"]
	}
	if cfg.Addr == "" {
		faults = append(faults, errors.New("INSPECTION_ADDR is not set, nor PORT"))
	}
	return cfg, errors.Join(faults...)
}
