package main

import (
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/caarlos0/env/v11"
)

// load reads the configuration from environ (as os.Environ gives it) and the role from args, which
// counts more. It returns every fault at once.
func load(args, environ []string, stderr io.Writer) (app.Config, error) {
	flags := flag.NewFlagSet("server", flag.ContinueOnError)
	flags.SetOutput(stderr)
	role := flags.String("role", "", "what this process does: `web` or worker; empty: BULKHEAD_ROLE")
	if err := flags.Parse(args); err != nil {
		return app.Config{}, err
	}
	if flags.NArg() > 0 {
		return app.Config{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	variables := env.ToMap(environ)
	var cfg app.Config
	if err := env.ParseWithOptions(&cfg, env.Options{Environment: variables}); err != nil {
		return app.Config{}, err
	}
	if *role != "" {
		cfg.Role = *role
	}
	if cfg.Addr == "" && variables["PORT"] != "" {
		cfg.Addr = ":" + variables["PORT"]
	}
	return cfg, errors.Join(app.CheckEnvironment(environ), cfg.Validate())
}
