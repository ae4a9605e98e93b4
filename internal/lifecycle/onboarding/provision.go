package onboarding

import (
	"context"
	"errors"
	"fmt"
	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/probe"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/platform/indexes"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
	"log/slog"
	"time"
)

// Config is what onboarding acts with.
type Config struct {
	Project   string
	Endpoints gcloud.Endpoints
	Platform  *platform.Platform // of jobs@
	Registry  *registry.Registry
	Vault     *vault.Vault // with the credentials of jobs@
	Queue     *queue.Store // where Reconcile asks a worker to compare people; nil: nobody is asked
	Origins   []string     // whose pages may send files to the bucket: "https://app.example.com"

	// Source is how jobs@ acts as a new tenant's account; nil: KeyFiles. If it is keyless,
	// VendingAccount is bound to the tenant's account for good and JobsAccount until the tenant is
	// made. Both are e-mails.
	Source                      vault.Source
	VendingAccount, JobsAccount string

	Patience time.Duration    // how long a new account, key or policy may take to be known everywhere; 0: 10 minutes
	Building time.Duration    // how long the indexes of a database may take; 0: an hour
	Indexes  []indexes.Index  // that a tenant's database has; nil: those of the application's list
	Logger   *slog.Logger     // nil: slog.Default
	Now      func() time.Time // nil: time.Now
}

// Request asks for a tenant.
type Request struct {
	Slug   tenant.Slug
	Name   string // for people
	Region tenant.Region
	Admin  Admin

	// Isolation is Silo if empty. A pooled tenant is cheaper and less alone: IAM keeps its files
	// from other tenants of the pool; its documents are in the same database as theirs, and what
	// keeps them apart there is the guard of package vending.
	Isolation tenant.Isolation
}

// Admin is a tenant's first person.
type Admin struct {
	Email    string
	Name     string
	Password string
}

// ErrMismatch reports a request for a slug whose tenant exists already and differs, or is past
// being made.
var ErrMismatch = errors.New("onboarding: the tenant exists and differs")

// Provision makes the tenant that r asks for, or completes it, or finds it active, and returns it.
// It returns tenant.ErrInvalid or users.ErrInvalid for a malformed request, registry.ErrNoRoom if
// the region is full, ErrMismatch, probe.ErrNotIsolated if the cloud lets the new key reach what is
// not the tenant's, ErrOpenDirectory if people could register themselves, tenant.ErrStale if
// another run has taken the tenant over, and otherwise the error of the step that failed. A run
// that fails has activated nothing, and the same request may be made again.
func Provision(ctx context.Context, cfg Config, r Request) (tenant.Tenant, error) {
	return provision(ctx, cfg, r, watch{})
}

// step is one part of a run.
type step struct {
	name string
	do   func(*job, context.Context) error
}

// steps is the order in which a tenant is made.
var steps = []step{
	{"reserve", (*job).reserve},
	{"identity", (*job).identity},
	{"account", (*job).account},
	{"database", (*job).database},
	{"indexes", (*job).indexes},
	{"bucket", (*job).bucket},
	{"notifications", (*job).notify},
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

	tenant tenant.Tenant // of the version that this run holds (see fence.go)
	cell   tenant.Cell
	fresh  bool // reserved by this run: as long as it holds the tenant, no other has made anything of it
	bundle vault.Bundle
	stored bool // the bundle is in the vault
	probe  *probe.Probe
	admin  tenant.UserID

	replaces     int64  // the generation of a vault object whose key is dead; 0: there is no object
	madeIdentity string // the Identity Platform tenant that this run made
	madeKey      string // the name of the key that this run made
}

// watch lets tests look on: before is told of each step that is about to be done, when the run has
// been found to hold the tenant, and after of each that is done. An error of either ends the run.
type watch struct {
	before, after func(step string) error
}

func (c Config) withDefaults() Config {
	if c.Patience <= 0 {
		c.Patience = 10 * time.Minute
	}
	if c.Building <= 0 {
		c.Building = time.Hour
	}
	if c.Indexes == nil {
		c.Indexes = indexes.Listed().Tenants
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Source == nil {
		c.Source = vault.KeyFiles(c.Endpoints)
	}
	return c
}

func provision(ctx context.Context, cfg Config, r Request, w watch) (tenant.Tenant, error) {
	cfg = cfg.withDefaults()
	if r.Isolation == "" {
		r.Isolation = tenant.Silo
	}
	j := &job{cfg: cfg, request: r, log: cfg.Logger.With("slug", r.Slug.String())}
	defer j.close()
	if err := j.validate(); err != nil {
		return tenant.Tenant{}, err
	}
	for _, s := range steps {
		began := cfg.Now()
		if err := j.run(ctx, s, w); err != nil {
			err = errors.Join(err, j.leave(ctx))
			return tenant.Tenant{}, fmt.Errorf("onboarding %s: %s: %w", r.Slug, s.name, err)
		}
		if j.tenant.Status == tenant.Active {
			return j.tenant, nil
		}
		j.log.InfoContext(ctx, "onboarding", "tenant", j.tenant.ID.String(), "step", s.name, "took", cfg.Now().Sub(began))
	}
	return j.tenant, nil
}

// run does one step, if the run still holds the tenant.
func (j *job) run(ctx context.Context, s step, w watch) error {
	if err := j.holds(ctx); err != nil {
		return err
	}
	if w.before != nil {
		if err := w.before(s.name); err != nil {
			return err
		}
	}
	if err := s.do(j, ctx); err != nil || w.after == nil || j.tenant.Status == tenant.Active {
		return err
	}
	return w.after(s.name)
}

func (j *job) close() {
	if j.probe != nil {
		if err := j.probe.Close(); err != nil {
			j.log.Warn("onboarding: closing the probe", "error", err)
		}
	}
}

// reserve claims the slug and a place in a cell, or finds the tenant that has them. One that is
// active is the answer. One that is half made is completed: this run takes it over from whichever
// had it before.
func (j *job) reserve(ctx context.Context) error {
	known, err := j.cfg.Registry.BySlug(ctx, j.request.Slug)
	if errors.Is(err, tenant.ErrTenantDenied) { // unknown, as we hope
		j.fresh = true
		known = tenant.Tenant{
			ID:        tenant.NewID(),
			Slug:      j.request.Slug,
			Name:      j.request.Name,
			Region:    j.request.Region,
			Isolation: j.request.Isolation,
		}
		err = j.cfg.Registry.Reserve(ctx, known)
	}
	if err == nil {
		known, err = j.cfg.Registry.Current(ctx, known.ID)
	}
	if err != nil {
		return err
	}
	same := known.Name == j.request.Name && known.Region == j.request.Region && known.Isolation == j.request.Isolation
	if !same || known.Status != tenant.Provisioning && known.Status != tenant.Active {
		return ErrMismatch
	}
	if j.cell, err = j.cfg.Registry.Cell(ctx, known.Cell); err != nil {
		return err
	}
	j.tenant = settled(known, j.cell)
	if j.fresh || known.Status == tenant.Active {
		return nil
	}
	return j.change(ctx, tenant.Provisioning, "")
}

// settled is the tenant with the names of its resources, which follow from its own and its cell's.
func settled(t tenant.Tenant, c tenant.Cell) tenant.Tenant {
	t.ServiceAccount = location.AccountOf(c.Project, t.ID)
	if t.Isolation == tenant.Pool {
		t.Database, t.Bucket = c.PoolDatabase, c.PoolBucket
	} else {
		t.Database, t.Bucket = t.ID.String(), c.Project+"-"+t.ID.String()
	}
	return t
}

// activate opens the tenant to its people.
func (j *job) activate(ctx context.Context) error { return j.change(ctx, tenant.Active, "") }
