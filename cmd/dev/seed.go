package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	firebaseauth "firebase.google.com/go/v4/auth"
	"github.com/bulkhead-saas/bulkhead/internal/app"
	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/onboarding"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
)

// seed onboards the plan's tenants and people, once a folder, and returns what dev.json says. At
// each start it brings every tenant of the folder to what onboarding gives a new one.
func (d dev) seed(ctx context.Context, cfg app.Config, server *app.App) (devFile, error) {
	file := filepath.Join(d.data, "keys", "seed.json")
	p, err := d.readPlan(file)
	if err != nil {
		return devFile{}, err
	}

	jobs, err := d.jobs(ctx, cfg)
	if err != nil {
		return devFile{}, err
	}
	defer jobs.close()
	if err := jobs.seedOperator(ctx, p.Operator, server); err != nil {
		return devFile{}, fmt.Errorf("operator: %w", err)
	}
	if p.Seeded {
		if err := onboarding.ReconcileAll(ctx, jobs.onboarding); err != nil {
			return devFile{}, err
		}
	} else {
		d.say("Making %d tenants and their people: this happens once.", len(p.Tenants))
		if err := jobs.seedAll(ctx, p, server); err != nil {
			return devFile{}, err
		}
		p.Seeded = true
		if err := writeJSON(file, p); err != nil {
			return devFile{}, err
		}
	}
	return d.describe(ctx, p, server, jobs.vault)
}

// jobs is the jobs role, acting with jobs@'s own key.
type jobs struct {
	platform   *platform.Platform
	vault      *vault.Vault
	onboarding onboarding.Config
	labels     *labels
}

func (d dev) jobs(ctx context.Context, cfg app.Config) (*jobs, error) {
	platform, err := platform.Open(ctx, platform.Config{
		Project: project, Endpoints: cfg.Endpoints(), KeyFile: d.keyFile("jobs"), Account: setup.Jobs.Email(project),
	})
	if err != nil {
		return nil, err
	}
	store, err := vault.Open(ctx, vault.Config{
		Endpoints: cfg.Endpoints(), Credentials: platform.Credentials(), Buckets: cfg.Vaults(),
	})
	if err != nil {
		return nil, errors.Join(err, platform.Close())
	}
	source, err := vault.OpenSource(cfg.Source(), cfg.Endpoints(), platform.Credentials())
	if err != nil {
		return nil, errors.Join(err, store.Close(), platform.Close())
	}
	return &jobs{platform: platform, vault: store, labels: d.labels, onboarding: onboarding.Config{
		Project:   project,
		Endpoints: cfg.Endpoints(),
		Platform:  platform,
		Registry:  registry.New(platform.Registry(), nil),
		Queue:     queue.New(platform.Registry(), nil),
		Vault:     store,
		Source:    source,

		VendingAccount: cfg.VendingAccount,
		JobsAccount:    setup.Jobs.Email(project),

		Origins: []string{d.address},
		Logger:  d.log,
	}}, nil
}

func (j *jobs) close() error { return errors.Join(j.vault.Close(), j.platform.Close()) }

func (j *jobs) seedAll(ctx context.Context, p plan, server *app.App) error {
	for _, t := range p.Tenants {
		if err := j.seedTenant(ctx, t, server); err != nil {
			return fmt.Errorf("tenant %s: %w", t.Slug, err)
		}
	}
	return nil
}

// seedOperator makes the operator: a user of the project itself, of no tenant, on the list of
// operators, and with the secret of an authenticator app.
func (j *jobs) seedOperator(ctx context.Context, c operatorPlan, server *app.App) error {
	accounts := j.platform.Identity()
	u, err := accounts.CreateUser(ctx, new(firebaseauth.UserToCreate).Email(c.Email).Password(c.Password).EmailVerified(true))
	if firebaseauth.IsEmailAlreadyExists(err) {
		u, err = accounts.GetUserByEmail(ctx, c.Email)
	}
	if err != nil {
		return err
	}
	id, err := tenant.ParseUserID(u.UID)
	if err != nil {
		return err
	}
	if err := server.Operators.Admit(ctx, id, c.Email); err != nil {
		return err
	}
	return server.Factors.GiveOperatorApp(ctx, id, c.TOTPSecret)
}

// seedTenant onboards a tenant; then its new admin signs in, as in a browser, and adds the others.
func (j *jobs) seedTenant(ctx context.Context, t tenantPlan, server *app.App) error {
	slug, err := tenant.ParseSlug(t.Slug)
	if err != nil {
		return err
	}
	region, err := tenant.ParseRegion(t.Region)
	if err != nil {
		return err
	}
	first := t.Users[0]
	made, err := onboarding.Provision(ctx, j.onboarding, onboarding.Request{
		Slug: slug, Name: t.Name, Region: region, Isolation: t.Isolation,
		Admin: onboarding.Admin{Email: first.Email, Name: first.Name, Password: first.Password},
	})
	if err != nil {
		return err
	}
	j.labels.add(made, "") // its key is laid out at the end of the start
	tokens, err := server.SignIn.SignInWithPassword(ctx, made, first.Email, first.Password)
	if err != nil {
		return err
	}
	admin, err := server.Authenticator.Bearer(ctx, tenant.SelectID(made.ID), tokens.ID)
	if err != nil {
		return err
	}
	grant, err := server.Machine.Vend(ctx, admin)
	if err != nil {
		return err
	}
	for _, person := range t.Users[1:] {
		role, err := tenant.ParseRole(person.Role)
		if err != nil {
			return err
		}
		_, err = server.People.AddUser(ctx, grant, people.NewUser{
			Email: person.Email, Name: person.Name, Password: person.Password, Role: role,
		})
		if err != nil && !errors.Is(err, users.ErrExists) { // added by a start that was cut off
			return fmt.Errorf("%s: %w", person.Email, err)
		}
	}
	return nil
}
