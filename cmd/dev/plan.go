package main

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// plan is what a folder is seeded with: written before anything is made, so that a start that was
// cut off is completed with the same passwords by the next.
type plan struct {
	Seeded   bool         `json:"seeded"`
	Source   string       `json:"source"` // of the tenants' credentials: "keyfile" if empty, or "impersonation"
	Operator operatorPlan `json:"operator"`
	Tenants  []tenantPlan `json:"tenants"`
}

type credentials struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// operatorPlan is the operator. The secret is that of an authenticator app (RFC 6238), in base32.
type operatorPlan struct {
	credentials
	TOTPSecret string `json:"totpSecret"`
}

type tenantPlan struct {
	Slug      string           `json:"slug"`
	Name      string           `json:"name"`
	Region    int64            `json:"region"`
	Isolation tenant.Isolation `json:"isolation,omitempty"` // silo if empty
	Users     []personPlan     `json:"users"`               // the first is the admin whom onboarding makes
}

type personPlan struct {
	credentials
	Name string `json:"name"`
	Role string `json:"role"`
}

func newPlan(source string) plan {
	return plan{
		Source:   source,
		Operator: operatorPlan{credentials{"operator@bulkhead.example", newPassword("operator")}, secondfactor.NewSecret()},
		Tenants: []tenantPlan{
			{"acme", "Acme Shipping", 1, tenant.Silo, staff("acme", "Ada Lindqvist", "Eli Moreau", "Vera Okafor")},
			{"globex", "Globex Maritime", 2, tenant.Silo, staff("globex", "Gus Hartmann", "Ines Duarte", "Theo Brandt")},
		},
	}
}

// pooledTenants share a database and a bucket.
func pooledTenants() []tenantPlan {
	return []tenantPlan{
		{"initech", "Initech Ferries", 2, tenant.Pool, staff("initech", "Ida Sorensen", "Emil Novak", "Vito Ferrari")},
		{"umbrella", "Umbrella Tugs", 2, tenant.Pool, staff("umbrella", "Uma Castillo", "Eva Lund", "Victor Hale")},
	}
}

// staff are an admin, an editor and a viewer of the tenant.
func staff(slug string, admin, editor, viewer string) []personPlan {
	person := func(name, role string) personPlan {
		first, _, _ := strings.Cut(strings.ToLower(name), " ")
		return personPlan{credentials{first + "@" + slug + ".example", newPassword(slug)}, name, role}
	}
	return []personPlan{person(admin, "admin"), person(editor, "editor"), person(viewer, "viewer")}
}

// newPassword returns a password that can be typed: a word to know it by and 60 random bits.
func newPassword(word string) string {
	return word + "-" + strings.ToLower(rand.Text()[:12])
}

// readPlan reads the folder's plan, or makes one, or adds to it what this start asks for besides.
func (d dev) readPlan(file string) (plan, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		p := newPlan(d.source)
		return d.extend(p, file)
	}
	var p plan
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil {
		return p, err
	}
	if made := cmp.Or(p.Source, "keyfile"); made != d.source {
		return p, fmt.Errorf("the tenants of this folder were made for -credentials %s: start with that, or choose another folder with -data", made)
	}
	return d.extend(p, file)
}

// extend adds the pooled tenants, if they are asked for and not there, and writes the plan.
func (d dev) extend(p plan, file string) (plan, error) {
	pooled := func(t tenantPlan) bool { return t.Isolation == tenant.Pool }
	if d.pooled && !slices.ContainsFunc(p.Tenants, pooled) {
		p.Tenants, p.Seeded = append(p.Tenants, pooledTenants()...), false
	}
	if p.Operator.TOTPSecret == "" { // a folder from before operators needed a second factor
		p.Operator.TOTPSecret = secondfactor.NewSecret()
		return p, writeJSON(file, p)
	}
	if p.Seeded {
		return p, nil
	}
	return p, writeJSON(file, p)
}
