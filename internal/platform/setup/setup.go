package setup

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	iamadmin "cloud.google.com/go/iam/admin/apiv1"
	iamadminpb "cloud.google.com/go/iam/admin/apiv1/adminpb"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/platform/indexes"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	identitytoolkit "google.golang.org/api/identitytoolkit/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Config says what the project is to contain.
type Config struct {
	Project string
	Vaults  map[tenant.Region]string // the vault bucket of each region
	Cells   []tenant.Cell            // where tenants may live
	Indexes indexes.List             // of the databases

	// Building is how long the indexes of a database may take; 0: an hour. A run that was out of
	// patience has begun them all, and the next one waits again.
	Building time.Duration
}

// Default is the configuration of a project that holds everything: a vault and a cell in each
// region. Names of buckets are global, so the project's id is part of them.
func Default(project string) Config {
	c := Config{Project: project, Vaults: make(map[tenant.Region]string), Indexes: indexes.Listed()}
	for _, r := range tenant.Regions() {
		c.Vaults[r] = project + "-vault-" + r.String()
		c.Cells = append(c.Cells, tenant.Cell{
			ID: tenant.DefaultCell(r), Project: project, Region: r, Silos: tenant.MaxSilos,
			PoolDatabase: "pool-" + r.String(), PoolBucket: project + "-pool-" + r.String(),
		})
	}
	return c
}

// Run sets the project up. owner acts for somebody who owns the project. Run returns the error of
// the first step that failed; what was done by then stays, and Run may be called again.
func Run(ctx context.Context, owner *platform.Platform, cfg Config) error {
	accounts, err := owner.Accounts(ctx)
	if err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	s := &run{cfg: cfg, owner: owner, accounts: accounts, privileges: privileges(cfg.Project)}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"accounts", s.makeAccounts},
		{"role of jobs@", s.makeRole},
		{"database", func(ctx context.Context) error { return s.makeDatabase(ctx, location.PlatformDatabase) }},
		{"Adapter's database", func(ctx context.Context) error { return s.makeDatabase(ctx, location.AdapterDatabase) }},
		{"Service B's database", func(ctx context.Context) error { return s.makeDatabase(ctx, InspectionDatabase) }},
		{"indexes", s.makeIndexes},
		{"cells", s.addCells},
		{"vaults", s.makeVaults},
		{"Service B's bucket", s.makeInspectionBucket},
		{"accounts' policies", s.bindAccounts},
		{"project's policy", s.bindProject},
		{"topics", s.makeTopics},
		{"Identity Platform", s.closeSelfService},
	} {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("setup: %s: %w", step.name, err)
		}
	}
	return nil
}

// NewKey makes a key of the account and returns its JSON. It is for processes that run where Google
// gives them no identity; on Google Cloud no platform account needs one.
func NewKey(ctx context.Context, owner *platform.Platform, project string, a Account) ([]byte, error) {
	accounts, err := owner.Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("setup: key of %s: %w", a, err)
	}
	key, err := accounts.CreateServiceAccountKey(ctx, &iamadminpb.CreateServiceAccountKeyRequest{Name: a.resource(project)})
	if err != nil {
		return nil, fmt.Errorf("setup: key of %s: %w", a, err)
	}
	return key.GetPrivateKeyData(), nil
}

// run is what the steps share.
type run struct {
	cfg        Config
	owner      *platform.Platform
	accounts   *iamadmin.IamClient
	privileges []privilege
}

func (s *run) project() string { return "projects/" + s.cfg.Project }

func (s *run) makeAccounts(ctx context.Context) error {
	for _, p := range s.privileges {
		_, err := s.accounts.CreateServiceAccount(ctx, &iamadminpb.CreateServiceAccountRequest{
			Name:           s.project(),
			AccountId:      string(p.account),
			ServiceAccount: &iamadminpb.ServiceAccount{DisplayName: string(p.account), Description: p.does},
		})
		if err != nil && status.Code(err) != codes.AlreadyExists {
			return fmt.Errorf("%s: %w", p.account, err)
		}
	}
	return nil
}

// onboardingRole is the name of the role of jobs@.
func onboardingRole(project string) string { return "projects/" + project + "/roles/onboarding" }

// makeRole makes the role of jobs@, or makes it contain what it is to contain.
func (s *run) makeRole(ctx context.Context) error {
	role := &iamadminpb.Role{Title: "Onboarding", IncludedPermissions: onboarding, Stage: iamadminpb.Role_GA}
	_, err := s.accounts.CreateRole(ctx, &iamadminpb.CreateRoleRequest{Parent: s.project(), RoleId: "onboarding", Role: role})
	if status.Code(err) != codes.AlreadyExists {
		return err
	}
	name := onboardingRole(s.cfg.Project)
	now, err := s.accounts.GetRole(ctx, &iamadminpb.GetRoleRequest{Name: name})
	if err != nil {
		return err
	}
	if held := slices.Sorted(slices.Values(now.GetIncludedPermissions())); slices.Equal(held, slices.Sorted(slices.Values(onboarding))) {
		return nil
	}
	_, err = s.accounts.UpdateRole(ctx, &iamadminpb.UpdateRoleRequest{Name: name, Role: role})
	return err
}

// makeDatabase makes a database in the United States, and waits for it. What the Adapter's holds of
// tenants is sealed.
func (s *run) makeDatabase(ctx context.Context, id string) error {
	databases, err := s.owner.Databases(ctx)
	if err != nil {
		return err
	}
	op, err := databases.CreateDatabase(ctx, &adminpb.CreateDatabaseRequest{
		Parent:     s.project(),
		DatabaseId: id,
		Database: &adminpb.Database{
			LocationId:            tenant.US.Location(),
			Type:                  adminpb.Database_FIRESTORE_NATIVE,
			DeleteProtectionState: adminpb.Database_DELETE_PROTECTION_ENABLED,
		},
	})
	if status.Code(err) == codes.AlreadyExists {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = op.Wait(ctx)
	return err
}

func (s *run) addCells(ctx context.Context) error {
	registry := registry.New(s.owner.Registry(), nil)
	for _, c := range s.cfg.Cells {
		if err := registry.AddCell(ctx, c); err != nil {
			return fmt.Errorf("%s: %w", c.ID, err)
		}
	}
	return nil
}

// closeSelfService lets nobody register, or delete himself, among the accounts that belong to no
// tenant: operators' accounts.
func (s *run) closeSelfService(ctx context.Context) error {
	settings, err := s.owner.IdentitySettings(ctx)
	if err != nil {
		return err
	}
	name := s.project() + "/config"
	now, err := settings.Projects.GetConfig(name).Context(ctx).Do()
	if err != nil {
		return err
	}
	if c := now.Client; c != nil && c.Permissions != nil && c.Permissions.DisabledUserSignup && c.Permissions.DisabledUserDeletion {
		return nil
	}
	_, err = settings.Projects.UpdateConfig(name, &identitytoolkit.GoogleCloudIdentitytoolkitAdminV2Config{
		Client: &identitytoolkit.GoogleCloudIdentitytoolkitAdminV2ClientConfig{
			Permissions: &identitytoolkit.GoogleCloudIdentitytoolkitAdminV2Permissions{
				DisabledUserSignup: true, DisabledUserDeletion: true,
			},
		},
	}).UpdateMask("client.permissions.disabledUserSignup,client.permissions.disabledUserDeletion").Context(ctx).Do()
	return err
}

// regions are the regions that have a vault, in their order.
func (c Config) regions() []tenant.Region { return slices.Sorted(maps.Keys(c.Vaults)) }
