// Command soak puts a local cloud under a steady mixed load and fails if it grows.
//
// Usage:
//
//	soak [-for 10m]
//
// The cloud runs in a process of its own, so that what is measured is the cloud alone. Every
// service is called through Google's official clients, and what is made is deleted again: the data
// stay as they are after the first minutes, and so must heap, resident memory, goroutines and
// files. Each minute prints them. Growth of more than a tenth, from the mean of minutes 3 to 5 to
// that of the last three, is a failure. Firestore's old versions, of which it keeps five minutes,
// are there from the start: they are made first, with the cloud's clock put forward.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout); {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	length := flags.Duration("for", 10*time.Minute, "how long the load lasts")
	dir := flags.String("serve", "", "serve the folder for another soak, which measures it")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dir != "" {
		return serve(ctx, *dir, os.Stdin, stdout)
	}
	return soak(ctx, *length, stdout)
}

// soak loads a cloud for that long and prints what becomes of it.
func soak(ctx context.Context, length time.Duration, stdout io.Writer) error {
	dir, err := os.MkdirTemp("", "soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cloud, err := start(dir)
	if err != nil {
		return err
	}
	defer cloud.stop()

	loading, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended, err := load(loading, cloud, func(err error) { cancel(err) })
	if err != nil {
		return err
	}
	var samples []sample
	fmt.Fprintln(stdout, header)
	for minute := time.NewTicker(time.Minute); len(samples) < int(length/time.Minute); {
		select {
		case <-minute.C:
		case <-loading.Done():
			return context.Cause(loading)
		}
		s, err := cloud.measure()
		if err != nil {
			return err
		}
		samples = append(samples, s)
		fmt.Fprintln(stdout, s.row(len(samples)))
	}
	cancel(nil)
	ended()
	return grown(samples)
}
