package authsettings_test

import (
	"errors"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
)

const day = 24 * time.Hour

// An admin requires a second factor with a grace. Without one, only an admin whose own session has
// proven one does. The grace never starts again.
func TestRequireSecondFactor(t *testing.T) {
	w := newWorld(t)
	ctx, g := t.Context(), w.Grant(t, w.Acme.Admin)
	for name, c := range map[string]struct {
		grace time.Duration
		want  error
	}{
		"at once, by a session without one": {0, authsettings.ErrOwn},
		"31 days":                           {31 * day, authsettings.ErrInvalid},
		"less than none":                    {-day, authsettings.ErrInvalid},
	} {
		if _, err := w.RequireSecondFactor(ctx, g, 0, c.grace); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if _, err := w.LiftSecondFactor(ctx, g, 0); !errors.Is(err, authsettings.ErrInvalid) {
		t.Errorf("lifting nothing: got %v, want ErrInvalid", err)
	}
	if _, err := w.RequireSecondFactor(ctx, w.Grant(t, w.Acme.Editor), 0, day); !errors.Is(err, users.ErrForbidden) {
		t.Errorf("an editor: got %v, want ErrForbidden", err)
	}
	p, err := w.RequireSecondFactor(ctx, g, 0, 7*day)
	if err != nil || !p.SecondFactor.IsRequired() || p.SecondFactor.Grace != 7*day {
		t.Fatalf("required: %+v, %v", p, err)
	}
	longer, err := w.RequireSecondFactor(ctx, g, p.Version, 14*day)
	if err != nil || !longer.SecondFactor.Since.Equal(p.SecondFactor.Since) {
		t.Fatalf("a longer grace: %+v, %v", longer, err)
	}
	if _, err := w.RequireSecondFactor(ctx, g, p.Version, day); !errors.Is(err, tenant.ErrStale) {
		t.Errorf("based on another version: got %v, want ErrStale", err)
	}
	lifted, err := w.LiftSecondFactor(ctx, g, longer.Version)
	if err != nil || lifted.SecondFactor != (authpolicy.SecondFactor{}) {
		t.Errorf("lifted: %+v, %v", lifted, err)
	}
}
