package settings_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/settings"
)

func TestMapping(t *testing.T) {
	for text, want := range map[string]map[string]tenant.Role{
		"":                                  {},
		"ops = admin\r\n\r\nall=viewer\r\n": {"ops": tenant.Admin, "all": tenant.Viewer},
		"cn=ops,dc=acme = editor":           {"cn=ops,dc=acme": tenant.Editor},
		"two words = viewer":                {"two words": tenant.Viewer},
		"ops":                               nil,
		"ops = owner":                       nil,
		"ops =":                             nil,
		"= admin":                           nil,
		"ops = admin\nops = viewer":         nil,
		"ops = Admin":                       nil,
	} {
		got, err := settings.Mapping(text)
		if want == nil {
			if !errors.Is(err, settings.ErrMapping) {
				t.Errorf("%q: %v, %v, want ErrMapping", text, got, err)
			}
			continue
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v\n%s", text, err, diff)
		}
		again, err := settings.Mapping(settings.MappingText(got))
		if diff := cmp.Diff(want, again); err != nil || diff != "" {
			t.Errorf("%q written and read again: %v\n%s", text, err, diff)
		}
	}
}
