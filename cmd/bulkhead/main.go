// Command bulkhead works with a running Bulkhead, over its API, and with files.
//
//	bulkhead route explain --tenant acme --route "GET /api/v1/users" --credential key --role viewer
//
// says who gets in at a route, and which rule decides. It asks the rules that serve.
//
//	bulkhead keys scan PATH...
//
// finds API keys in files and asks nobody. With --revoke it revokes them.
//
//	bulkhead completion bash
//
// prints what a shell needs to complete all this.
//
// The caller's credential is the ID token of an admin of the workspace. It is in BULKHEAD_TOKEN,
// never in an argument: those are shown to everybody on the machine. Without it, a key that was
// found is revoked by itself. With --json one document is
// printed on stdout; everything else goes to stderr. No secret is ever printed.
//
// Exit status:
//
//	0  the question was answered; no key was found
//	1  the question was not answered; a key was found
//	2  the command was not understood
//	3  not everything could be searched, or the report could not be written
//	4  a key that was found is not revoked, as --revoke wanted
//
// Where several hold, it is the highest.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second interrupt ends the process
	os.Exit(run(ctx, os.Args[1:], caller{os.Getenv("BULKHEAD_TOKEN"), os.Stdin, os.Stdout, os.Stderr}))
}

// caller is who runs the command.
type caller struct {
	token string // the ID token; or empty
	in    io.Reader
	out   io.Writer // the answer
	errs  io.Writer // all else
}
