package main

import (
	"errors"

	"github.com/bulkhead-saas/bulkhead/internal/app"
	"github.com/caarlos0/env/v11"
)

// load reads the configuration from environ (as os.Environ gives it) and returns every fault at once.
func load(environ []string) (app.Config, error) {
	variables := env.ToMap(environ)
	var cfg app.Config
	if err := env.ParseWithOptions(&cfg, env.Options{Environment: variables}); err != nil {
		return app.Config{}, err
	}
	if cfg.Addr == "" && variables["PORT"] != "" {
		cfg.Addr = ":" + variables["PORT"]
	}
	return cfg, errors.Join(app.CheckEnvironment(environ), cfg.Validate())
}
