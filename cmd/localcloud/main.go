// Command localcloud runs a local Google Cloud that checks credentials and policies, for any project's development.
//
// Usage:
//
//	localcloud [-dir .localcloud] [-project local-project]
//
// It prints where its services listen and where the key of the project's owner lies, and runs until it is interrupted.
// Point Google's official clients at the addresses, with the key; the same folder has the same addresses, accounts and
// data the next time.
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

	"github.com/bulkhead-saas/bulkhead/localcloud"
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
	project := flags.String("project", "local-project", "id of the project that the cloud serves")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("localcloud: unexpected argument %q", flags.Arg(0))
	}
	cloud, err := localcloud.Start(ctx, localcloud.Config{Dir: *dir, Project: *project})
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

  Owner's key  %s
  Web API key  %s

Stop with Ctrl-C.
`, *project, e.GRPC, e.Storage, e.Identity, e.Token, e.Console, cloud.OwnerKeyFile(), cloud.APIKey())
	<-ctx.Done()
	return cloud.Close()
}
