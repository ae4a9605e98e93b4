package app

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// UntilStopped returns a context that ends when the process is told to stop, by Ctrl-C or SIGTERM.
// Being told a second time ends the process at once. stop releases what it holds.
func UntilStopped(ctx context.Context) (stopped context.Context, stop func()) {
	stopped, stop = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(stopped, stop) // the next signal does what signals do to a process that heeds none
	return stopped, stop
}
