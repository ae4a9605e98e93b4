package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/platform/setup"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/console"
)

// labels tell the cloud console, which knows no tenants, whose an account, a database and a bucket
// are, and which accounts are the application's own. The project's owner is one: here it only sets
// up.
type labels struct {
	cloud *localcloud.Cloud
	told  console.Labels
}

func newLabels(cloud *localcloud.Cloud) (*labels, error) {
	var owner struct {
		Email string `json:"client_email"`
	}
	if err := json.Unmarshal(cloud.OwnerKey(), &owner); err != nil {
		return nil, fmt.Errorf("key of the project's owner: %w", err)
	}
	l := &labels{cloud: cloud, told: console.Labels{Housekeeping: []string{owner.Email}}}
	for _, a := range []setup.Account{setup.Web, setup.Vending, setup.Worker, setup.Jobs, setup.Tick, setup.Inspection} {
		l.told.Housekeeping = append(l.told.Housekeeping, a.Email(project))
	}
	cloud.SetLabels(l.told)
	return l, nil
}

// add names a tenant, in place of what was said of it before. keyFile is empty as long as there is
// none.
func (l *labels) add(t tenant.Tenant, keyFile string) {
	owner := console.Owner{
		Name: t.Slug.String(), Detail: string(t.Isolation) + ", " + t.Region.String(),
		Account: t.ServiceAccount, Database: t.Database, Bucket: t.Bucket, KeyFile: keyFile,
	}
	if t.Isolation == tenant.Pool {
		owner.Prefix = location.PoolPrefix(t.ID)
	}
	others := slices.DeleteFunc(slices.Clone(l.told.Owners), func(o console.Owner) bool { return o.Account == owner.Account })
	l.told.Owners = append(others, owner)
	l.cloud.SetLabels(l.told)
}
