// Command localcloud runs a local Google Cloud that checks credentials and policies, for any
// project's development.
//
// Usage:
//
//	localcloud [-dir .localcloud] [-project local-project] [-projects another-project,...] [-indexes on|off]
//
// It prints where its services listen and where the keys of the projects' owners lie, and runs
// until it is interrupted. Point Google's official clients at the addresses, with the key; the same
// folder has the same addresses, accounts and data the next time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run runs a cloud until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("localcloud", flag.ContinueOnError)
	flags.SetOutput(stderr)
	dir := flags.String("dir", ".localcloud", "folder that keeps the cloud's state; made if missing")
	project := flags.String("project", "local-project", "id of the cloud's first project")
	others := flags.String("projects", "", "ids of further projects, separated by commas; made if missing")
	var indexes firestore.Indexes
	flags.TextVar(&indexes, "indexes", firestore.IndexesEnforced,
		"`on`: a query is refused that needs an index which was not made, as on Google; off: it runs")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("localcloud: unexpected argument %q", flags.Arg(0))
	}
	cloud, err := localcloud.Start(ctx, localcloud.Config{
		Dir: *dir, Project: *project, Projects: strings.FieldsFunc(*others, func(r rune) bool { return r == ',' }),
		Indexes: indexes,
	})
	if err != nil {
		return err
	}
	e := cloud.Endpoints()
	fmt.Fprintf(stdout, `Local cloud of project %s

  gRPC      %s   Firestore, Firestore Admin, Pub/Sub, Scheduler, IAM Admin, Resource Manager
  Storage   %s
  Identity  %s   Identity Platform, IAM Credentials, certificates
  Token     %s
  Console   %s   open it in a browser
  SMTP      %s   mail is kept and shown in the console
  DNS       %s   answers for bulkhead.test, with the records of the console

  Owner's key  %s
  Web API key  %s
`, *project, e.GRPC, e.Storage, e.Identity, e.Token, e.Console, e.SMTP, e.DNS, cloud.OwnerKeyFile(), cloud.APIKey())
	for _, id := range cloud.Projects()[1:] {
		fmt.Fprintf(stdout, "\nProject %s\n\n  Owner's key  %s\n  Web API key  %s\n", id, cloud.OwnerKeyFileOf(id), cloud.APIKeyOf(id))
	}
	fmt.Fprint(stdout, "\nStop with Ctrl-C.\n")
	<-ctx.Done()
	return cloud.Close()
}
