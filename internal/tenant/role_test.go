package tenant_test

import (
	"errors"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"testing"
)

func TestRole(t *testing.T) {
	for role, name := range map[tenant.Role]string{tenant.Viewer: "viewer", tenant.Editor: "editor", tenant.Admin: "admin"} {
		if got, err := tenant.ParseRole(name); err != nil || got != role || got.String() != name {
			t.Errorf("ParseRole(%q) = %v, %v", name, got, err)
		}
		var back tenant.Role
		if text, err := role.MarshalText(); err != nil || back.UnmarshalText(text) != nil || back != role {
			t.Errorf("%v came back as %v", role, back)
		}
	}
	for _, s := range []string{"", "none", "Admin", "ADMIN", " admin", "admin ", "owner", "3", "viewer,admin"} {
		if got, err := tenant.ParseRole(s); !errors.Is(err, tenant.ErrInvalid) || got != 0 {
			t.Errorf("ParseRole(%q) = %v, %v; want ErrInvalid", s, got, err)
		}
	}
	for _, r := range []tenant.Role{0, 4, 255} {
		if _, err := r.MarshalText(); !errors.Is(err, tenant.ErrInvalid) || r.IsValid() || r.String() != "none" {
			t.Errorf("Role(%d) passes: %v", uint8(r), err)
		}
	}
}

func TestRegions(t *testing.T) {
	type row struct{ code, location, name string }
	want := map[int64]row{
		1: {"us", "us-central1", "United States"},
		2: {"eu", "europe-west1", "European Union"},
		3: {"asia", "asia-northeast1", "Asia"},
	}
	for n := int64(-300); n <= 300; n++ {
		r, err := tenant.ParseRegion(n)
		w, ok := want[n]
		if (err == nil) != ok || r.IsValid() != ok || (row{r.String(), r.Location(), r.Name()}) != w {
			t.Errorf("ParseRegion(%d) = %q %q %q, %v; want %v", n, r.String(), r.Location(), r.Name(), err, w)
		}
		if !ok && !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("ParseRegion(%d): %v, want ErrInvalid", n, err)
		}
	}
	if got := tenant.Regions(); len(got) != len(want) {
		t.Errorf("Regions() = %v", got)
	}
}
