package tenancytest

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
)

// NewTenant returns an active tenant that no registry knows yet.
func NewTenant(tb testing.TB, slug string, r tenancy.Region) tenancy.Tenant {
	tb.Helper()
	s, err := tenancy.ParseSlug(slug)
	if err != nil {
		tb.Fatal(err)
	}
	id := tenancy.NewID()
	return tenancy.Tenant{
		ID: id, Slug: s, Name: "The " + slug + " company", Region: r, Cell: tenancy.DefaultCell(r), Isolation: tenancy.Silo, Status: tenancy.Active,
		IdentityTenant: slug + "-" + id.String()[3:8],
		ServiceAccount: id.String() + "@" + Project + ".iam.gserviceaccount.com",
		Database:       id.String(),
		Bucket:         Project + "-" + id.String(),
	}
}

// UserID parses the identifier of a user.
func UserID(t testing.TB, s string) tenancy.UserID {
	t.Helper()
	u, err := tenancy.ParseUserID(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
