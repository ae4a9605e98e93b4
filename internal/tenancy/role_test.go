package tenancy_test

import (
	"errors"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
)

func TestRole(t *testing.T) {
	for role, name := range map[tenancy.Role]string{tenancy.Viewer: "viewer", tenancy.Editor: "editor", tenancy.Admin: "admin"} {
		if got, err := tenancy.ParseRole(name); err != nil || got != role || got.String() != name {
			t.Errorf("ParseRole(%q) = %v, %v", name, got, err)
		}
		var back tenancy.Role
		if text, err := role.MarshalText(); err != nil || back.UnmarshalText(text) != nil || back != role {
			t.Errorf("%v came back as %v", role, back)
		}
	}
	for _, s := range []string{"", "none", "Admin", "ADMIN", " admin", "admin ", "owner", "3", "viewer,admin"} {
		if got, err := tenancy.ParseRole(s); !errors.Is(err, tenancy.ErrInvalid) || got != 0 {
			t.Errorf("ParseRole(%q) = %v, %v; want ErrInvalid", s, got, err)
		}
	}
	for _, r := range []tenancy.Role{0, 4, 255} {
		if _, err := r.MarshalText(); !errors.Is(err, tenancy.ErrInvalid) || r.IsValid() || r.String() != "none" {
			t.Errorf("Role(%d) passes: %v", uint8(r), err)
		}
	}
}

func TestRoleIncludes(t *testing.T) {
	none, beyond := tenancy.Role(0), tenancy.Role(200)
	v, e, a := tenancy.Viewer, tenancy.Editor, tenancy.Admin
	for _, c := range []struct {
		has, wants tenancy.Role
		want       bool
	}{
		{v, v, true}, {v, e, false}, {v, a, false},
		{e, v, true}, {e, e, true}, {e, a, false},
		{a, v, true}, {a, e, true}, {a, a, true},
		{none, none, false}, {none, v, false}, {a, none, false},
		{beyond, beyond, false}, {beyond, v, false}, {a, beyond, false},
	} {
		if got := c.has.Includes(c.wants); got != c.want {
			t.Errorf("%d.Includes(%d) = %v, want %v", c.has, c.wants, got, c.want)
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
		r, err := tenancy.ParseRegion(n)
		w, ok := want[n]
		if (err == nil) != ok || r.IsValid() != ok || (row{r.String(), r.Location(), r.Name()}) != w {
			t.Errorf("ParseRegion(%d) = %q %q %q, %v; want %v", n, r.String(), r.Location(), r.Name(), err, w)
		}
		if !ok && !errors.Is(err, tenancy.ErrInvalid) {
			t.Errorf("ParseRegion(%d): %v, want ErrInvalid", n, err)
		}
	}
	if got := tenancy.Regions(); len(got) != len(want) {
		t.Errorf("Regions() = %v", got)
	}
}
