package tenancytest

import (
	"encoding/json"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/google/go-cmp/cmp"
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
		cmp.Comparer(func(a, b tenancy.ID) bool { return a == b }),
		cmp.Comparer(func(a, b tenancy.Slug) bool { return a == b }),
		cmp.Comparer(func(a, b tenancy.CellID) bool { return a == b }),
		cmp.Comparer(func(a, b tenancy.UserID) bool { return a == b }))
}
