// Command dev runs Bulkhead on a laptop: the same server as cmd/server, an embedded local cloud
// that enforces IAM, and two tenants to try it with.
//
// It plays three people in turn. As the project's owner it sets the project up, by the list that a
// real project is set up by (setup.go). As the jobs role it onboards the tenants (seed.go). Then it
// is the web role, and serves. Beside it run the worker role, which the cloud's scheduler wakes
// every minute, the Adapter, and Service B, which inspects files (inspection.go). Each part acts
// with its own account's key, so what the web role may not do on Google Cloud it may not do here
// either.
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
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/bulkhead-saas/bulkhead/internal/inspection"
	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
)

// project is the local project's id: it never exists on Google Cloud.
const project = "bulkhead-local"

func main() {
	inspection.WorkerMain() // this program, started once more, inspects one file
	ctx, stop := app.UntilStopped(context.Background())
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintf(os.Stderr, "dev: %v\n", err)
		}
		os.Exit(1)
	}
}

type options struct {
	addr      string
	data      string
	ephemeral bool
	pooled    bool
	source    string
	indexes   firestore.Indexes
	code      bool

	unplugged  bool
	inspection string // origin; empty: here
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("dev", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8080", "loopback `host:port` of the application")
	flags.StringVar(&o.data, "data", ".bulkhead", "`folder` that keeps everything")
	flags.BoolVar(&o.ephemeral, "ephemeral", false, "use a throw-away folder instead of -data")
	flags.BoolVar(&o.pooled, "pooled", false, "add two tenants who share a database and a bucket")
	flags.BoolVar(&o.unplugged, "unplug", false, "unplug the Adapter: files are not inspected, and wait until a start without this")
	flags.StringVar(&o.inspection, "inspection", "", "the `origin` of a Service B that runs by itself (cmd/inspection); empty: it runs here")
	flags.StringVar(&o.source, "credentials", "keyfile", "how tenants' accounts are acted as: `keyfile` or impersonation")
	flags.TextVar(&o.indexes, "indexes", firestore.IndexesEnforced,
		"`on`: a query is refused that needs an index which was not made, as on Google; off: it runs")
	flags.BoolVar(&o.code, "code", false, "print the code that the operator's authenticator app shows now, and end")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	host, _, err := net.SplitHostPort(o.addr)
	if err != nil {
		return o, fmt.Errorf("-addr %q is not host:port", o.addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return o, fmt.Errorf("-addr %q is not a loopback address: the local cloud speaks plaintext and its seeded passwords are printed", o.addr)
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	opts, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if err := app.CheckEnvironment(os.Environ()); err != nil {
		return err
	}
	if opts.code {
		return showCode(opts.data, stdout)
	}
	if opts.ephemeral {
		if opts.data, err = os.MkdirTemp("", "bulkhead-"); err != nil {
			return err
		}
		defer os.RemoveAll(opts.data)
	}
	if opts.data, err = filepath.Abs(opts.data); err != nil {
		return err
	}
	if err := os.MkdirAll(opts.data, 0o700); err != nil {
		return err
	}

	// The address first: a port that is taken is the likeliest fault, and nothing has been started
	// yet.
	ln, err := listen(opts.addr)
	if err != nil {
		return err
	}
	defer ln.Close()

	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	cloud, err := localcloud.Start(ctx, localcloud.Config{
		Dir:     filepath.Join(opts.data, "cloud"),
		Project: project,
		Logger:  log,
		Indexes: opts.indexes,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cloud.Close()) }()

	beside, err := listenBeside(opts.inspection)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, beside.close()) }()

	labels, err := newLabels(cloud)
	if err != nil {
		return err
	}
	d := dev{
		data: opts.data, address: nameOf(ln.Addr()), listens: ln.Addr().String(),
		beside: beside, unplugged: opts.unplugged, pooled: opts.pooled, source: opts.source,
		cloud: cloud, labels: labels, log: log, out: stdout,
	}
	if d.providers, err = d.startProviders(); err != nil {
		return fmt.Errorf("identity providers: %w", err)
	}
	d.say("Starting the local cloud and setting up its project ...")
	cfg, err := d.setUp(ctx)
	if err != nil {
		return fmt.Errorf("setting the project up: %w", err)
	}
	server, err := app.New(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close(context.WithoutCancel(ctx))) }()
	if err := server.Start(ctx); err != nil {
		return err
	}

	file, err := d.seed(ctx, cfg, server)
	if err != nil {
		return fmt.Errorf("seeding: %w", err)
	}
	if err := writeJSON(filepath.Join(opts.data, "dev.json"), file); err != nil {
		return err
	}
	worker, err := d.startWorker(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, worker.Close(context.WithoutCancel(ctx))) }()
	adapter, err := d.startAdapter(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, adapter.Close(context.WithoutCancel(ctx))) }()

	all, serving := errgroup.WithContext(ctx) // one that ends takes the others with it
	if beside.inspection != nil {
		b, err := d.startInspection(ctx)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, b.Close(context.WithoutCancel(ctx))) }()
		all.Go(func() error { return d.serveInspection(serving, b) })
	}
	welcome(stdout, opts.data, file)
	all.Go(func() error { return server.Serve(serving, ln) })
	all.Go(func() error { return worker.Serve(serving, beside.worker) })
	all.Go(func() error { return adapter.Serve(serving, beside.adapter) })
	return all.Wait()
}

// startWorker starts the worker role, which the local cloud's scheduler wakes.
func (d dev) startWorker(ctx context.Context, cfg app.Config) (*app.Worker, error) {
	cfg.PublicURL, cfg.Aliases = originOf(d.beside.worker), nil
	worker, err := app.NewWorker(ctx, cfg, d.log)
	if err != nil {
		return nil, err
	}
	if err := worker.Start(ctx); err != nil {
		return nil, errors.Join(err, worker.Close(context.WithoutCancel(ctx)))
	}
	return worker, nil
}

// dev is what the steps of a start share.
type dev struct {
	data    string // folder
	address string // origin of the application, by the name localhost
	listens string // host:port of the same, by its number
	beside  neighbours
	pooled  bool   // with tenants who share
	source  string // of the tenants' credentials
	cloud   *localcloud.Cloud
	labels  *labels // of the tenants, in the cloud's console
	log     *slog.Logger
	out     io.Writer

	unplugged bool // the Adapter is not told of files

	providers []devProvider // that run
}

// say tells whoever waits what the start is at.
func (d dev) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }
