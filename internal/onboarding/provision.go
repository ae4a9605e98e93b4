package onboarding

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Config is what onboarding acts with.
type Config struct {
	Project   string
	Endpoints vending.Endpoints
	Platform  *vending.Platform // of jobs@
	Registry  *tenancy.Registry
	Vault     *vending.Vault // with the credentials of jobs@
	Origins   []string       // whose pages may send files to the bucket: "https://app.example.com"

	// Source is how jobs@ acts as a new tenant's account; nil: KeyFiles. If it is keyless, VendingAccount is bound to the
	// tenant's account for good and JobsAccount until the tenant is made. Both are e-mails.
	Source                      vending.Source
	VendingAccount, JobsAccount string

	Patience time.Duration // how long a new account, key or policy may take to be known everywhere; 0: 10 minutes
	Logger   *slog.Logger  // nil: slog.Default
}

// Request asks for a tenant.
type Request struct {
	Slug   tenancy.Slug
	Name   string // for people
	Region tenancy.Region
	Admin  Admin

	// Isolation is Silo if empty. A pooled tenant is cheaper and less alone: IAM keeps its files from other tenants of the
	// pool; its documents are in the same database as theirs, and what keeps them apart there is the guard of package vending.
	Isolation tenancy.Isolation
}

// Admin is a tenant's first person.
type Admin struct {
	Email    string
	Name     string
	Password string
}

// ErrMismatch reports a request for a slug whose tenant exists already and differs, or is past being made.
var ErrMismatch = errors.New("onboarding: the tenant exists and differs")

// Provision makes the tenant that r asks for, or completes it, or finds it active, and returns it. It returns
// tenancy.ErrInvalid or users.ErrInvalid for a malformed request, tenancy.ErrNoRoom if the region is full, ErrMismatch, vending.ErrNotIsolated if the cloud lets
// the new key reach what is not the tenant's, and otherwise the error of the step that failed. After any error the tenant
// is not active, and the same request may be made again.
func Provision(ctx context.Context, cfg Config, r Request) (tenancy.Tenant, error) {
	return provision(ctx, cfg, r, func(string) error { return nil })
}

// steps is the order in which a tenant is made.
var steps = []struct {
	name string
	do   func(*job, context.Context) error
}{
	{"reserve", (*job).reserve},
	{"identity", (*job).identity},
	{"account", (*job).account},
	{"database", (*job).database},
	{"bucket", (*job).bucket},
	{"project binding", (*job).bindProject},
	{"bucket binding", (*job).bindBucket},
	{"account binding", (*job).bindAccount},
	{"key", (*job).key},
	{"proof", (*job).prove},
	{"vault", (*job).vault},
	{"admin account", (*job).adminAccount},
	{"admin record", (*job).adminRecord},
	{"letting go", (*job).letGo},
	{"activate", (*job).activate},
}

// job is one run: what it was asked, and what its steps have found or made.
type job struct {
	cfg     Config
	request Request
	log     *slog.Logger

	tenant tenancy.Tenant
	cell   tenancy.Cell
	fresh  bool // reserved by this run, so nothing of it can be there yet
	bundle vending.Bundle
	stored bool // the bundle is in the vault
	trial  *vending.Trial
	admin  tenancy.UserID
}

// provision is Provision; after is told of each step that is done, and ends the run by an error.
func provision(ctx context.Context, cfg Config, r Request, after func(step string) error) (tenancy.Tenant, error) {
	if cfg.Patience <= 0 {
		cfg.Patience = 10 * time.Minute
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Source == nil {
		cfg.Source = vending.KeyFiles(cfg.Endpoints)
	}
	if r.Isolation == "" {
		r.Isolation = tenancy.Silo
	}
	j := &job{cfg: cfg, request: r, log: cfg.Logger.With("slug", r.Slug.String())}
	defer j.close()
	if err := j.validate(); err != nil {
		return tenancy.Tenant{}, err
	}
	for _, step := range steps {
		began := time.Now()
		if err := step.do(j, ctx); err != nil {
			return tenancy.Tenant{}, fmt.Errorf("onboarding %s: %s: %w", r.Slug, step.name, err)
		}
		if j.tenant.Status == tenancy.Active {
			return j.tenant, nil
		}
		j.log.InfoContext(ctx, "onboarding", "tenant", j.tenant.ID.String(), "step", step.name, "took", time.Since(began))
		if err := after(step.name); err != nil {
			return tenancy.Tenant{}, err
		}
	}
	return j.tenant, nil
}

func (j *job) close() {
	if j.trial != nil {
		if err := j.trial.Close(); err != nil {
			j.log.Warn("onboarding: closing the trial", "error", err)
		}
	}
}

// reserve claims the slug and a place in a cell, or finds the tenant that has them: one half made is completed, one that is
// active is the answer.
func (j *job) reserve(ctx context.Context) error {
	known, err := j.cfg.Registry.BySlug(ctx, j.request.Slug)
	if errors.Is(err, tenancy.ErrTenantDenied) { // unknown, as we hope
		j.fresh = true
		known = tenancy.Tenant{
			ID:        tenancy.NewID(),
			Slug:      j.request.Slug,
			Name:      j.request.Name,
			Region:    j.request.Region,
			Isolation: j.request.Isolation,
		}
		if err = j.cfg.Registry.Reserve(ctx, known); err == nil {
			known, err = j.cfg.Registry.ByID(ctx, known.ID)
		}
	}
	if err != nil {
		return err
	}
	same := known.Name == j.request.Name && known.Region == j.request.Region && known.Isolation == j.request.Isolation
	if !same || known.Status != tenancy.Provisioning && known.Status != tenancy.Active {
		return ErrMismatch
	}
	if j.cell, err = j.cfg.Registry.Cell(ctx, known.Cell); err != nil {
		return err
	}
	j.tenant = settled(known, j.cell)
	return nil
}

// settled is the tenant with the names of its resources, which follow from its own and its cell's.
func settled(t tenancy.Tenant, c tenancy.Cell) tenancy.Tenant {
	t.ServiceAccount = vending.AccountOf(c.Project, t.ID)
	if t.Isolation == tenancy.Pool {
		t.Database, t.Bucket = c.PoolDatabase, c.PoolBucket
	} else {
		t.Database, t.Bucket = t.ID.String(), c.Project+"-"+t.ID.String()
	}
	return t
}

// activate opens the tenant to its people.
func (j *job) activate(ctx context.Context) error {
	active := j.tenant
	active.Status = tenancy.Active
	if err := j.cfg.Registry.Update(ctx, active); err != nil {
		return err
	}
	j.tenant = active
	return nil
}
