package tenancytest

import (
	"encoding/json"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/google/go-cmp/cmp"
)

// NewTenant returns an active tenant that no registry knows yet.
func NewTenant(tb testing.TB, slug string, r tenant.Region) tenant.Tenant {
	tb.Helper()
	id := tenant.NewID()
	return tenant.Tenant{
		ID: id, Slug: Slug(tb, slug), Name: "The " + slug + " company", Region: r, Cell: tenant.DefaultCell(r), Isolation: tenant.Silo, Status: tenant.Active,
		IdentityTenant: slug + "-" + id.String()[3:8],
		ServiceAccount: id.String() + "@" + Project + ".iam.gserviceaccount.com",
		Database:       id.String(),
		Bucket:         Project + "-" + id.String(),
	}
}

// Slug parses the name of a workspace in addresses.
func Slug(t testing.TB, s string) tenant.Slug {
	t.Helper()
	slug, err := tenant.ParseSlug(s)
	if err != nil {
		t.Fatal(err)
	}
	return slug
}

// UserID parses the identifier of a user.
func UserID(t testing.TB, s string) tenant.UserID {
	t.Helper()
	u, err := tenant.ParseUserID(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// JSON encodes v, as a careless log would.
func JSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Diff is cmp.Diff for the values of package tenancy.
func Diff(want, got any) string {
	return cmp.Diff(want, got,
		cmp.Comparer(func(a, b tenant.ID) bool { return a == b }),
		cmp.Comparer(func(a, b tenant.Slug) bool { return a == b }),
		cmp.Comparer(func(a, b tenant.CellID) bool { return a == b }),
		cmp.Comparer(func(a, b tenant.UserID) bool { return a == b }))
}
