// Command bulkhead asks a running Bulkhead, over its API.
//
//	bulkhead explain -tenant acme -route "GET /api/v1/users" -credential key -role viewer
//
// says who gets in at a route, and which rule decides. It asks the rules that serve. The caller's
// credential, an admin's of the tenant, is in BULKHEAD_TOKEN, never in an argument: those are shown
// to everybody on the machine. With -json one document is printed on stdout; everything else goes
// to stderr.
//
// Exit status: 0 if the question was answered, 1 if it was not, 2 if the command was not
// understood.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Getenv("BULKHEAD_TOKEN"), os.Stdout, os.Stderr))
}

const usage = "usage: bulkhead explain -tenant NAME -route \"METHOD PATH\" " +
	"[-credential none|session|token|key|access|person|operator-session] " +
	"[-flaw right|malformed|expired|foreign] [-role viewer|editor|admin] [-app URL] [-json]"

// run is the whole command. It returns the exit status.
func run(ctx context.Context, args []string, token string, out, errs io.Writer) int {
	if len(args) == 0 || args[0] != "explain" {
		fmt.Fprintln(errs, usage)
		return 2
	}
	var q question
	flags := flag.NewFlagSet("bulkhead explain", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.StringVar(&q.app, "app", "http://localhost:8080", "where Bulkhead is")
	flags.StringVar(&q.tenant, "tenant", "", "the workspace")
	flags.StringVar(&q.route, "route", "", "the route, as the table has it: \"GET /t/:tenant/files\"")
	flags.StringVar(&q.credential, "credential", "session", "the kind of credential")
	flags.StringVar(&q.flaw, "flaw", "right", "what is wrong with it")
	flags.StringVar(&q.role, "role", "viewer", "the role of who holds it")
	asJSON := flags.Bool("json", false, "print the answer as JSON")
	if err := flags.Parse(args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if q.tenant == "" || q.route == "" || flags.NArg() > 0 {
		fmt.Fprintln(errs, usage)
		return 2
	}
	if token == "" {
		fmt.Fprintln(errs, "BULKHEAD_TOKEN is not set: it holds the ID token of an admin of the workspace.")
		return 2
	}
	body, err := q.ask(ctx, token)
	if err != nil {
		fmt.Fprintln(errs, err)
		return 1
	}
	if *asJSON {
		_, err = out.Write(body)
	} else {
		err = show(out, q, body)
	}
	if err != nil {
		fmt.Fprintln(errs, err)
		return 1
	}
	return 0
}
