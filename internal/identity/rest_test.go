package identity_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

func TestRefusals(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"wrong password":             {400, `{"error":{"message":"INVALID_LOGIN_CREDENTIALS"}}`, identity.ErrBadCredentials},
		"without enumeration guards": {400, `{"error":{"message":"EMAIL_NOT_FOUND"}}`, identity.ErrBadCredentials},
		"disabled":                   {400, `{"error":{"message":"USER_DISABLED"}}`, identity.ErrDisabled},
		"locked, and why":            {400, `{"error":{"message":"TOO_MANY_ATTEMPTS_TRY_LATER : Access to this account"}}`, identity.ErrTooManyAttempts},
		"dead session":               {400, `{"error":{"message":"TOKEN_EXPIRED","status":"INVALID_ARGUMENT"}}`, sessioncookie.ErrExpired},
		"a fault of ours":            {400, `{"error":{"message":"INVALID_CUSTOM_TOKEN"}}`, identity.ErrUnavailable},
		"a code on another status":   {500, `{"error":{"message":"USER_DISABLED"}}`, identity.ErrUnavailable},
		"quota":                      {429, `{"error":{"message":"QUOTA_EXCEEDED : Exceeded quota"}}`, identity.ErrUnavailable},
		"prose with a secret":        {400, `{"error":{"message":"secret-password is no password"}}`, identity.ErrUnavailable},
		"no JSON":                    {502, `<html>secret`, identity.ErrUnavailable},
		"nothing":                    {503, ``, identity.ErrUnavailable},
	} {
		err := identity.Refusal(tt.status, []byte(tt.body))
		if !errors.Is(err, tt.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// The client writes a tenant's id into addresses as it is.
func TestOnlyATenantsIDIsAddressed(t *testing.T) {
	w := newWorld(t)
	good := w.Acme.Tenant
	if err := w.Directory(good); err != nil {
		t.Errorf("%q: %v", good.IdentityTenant, err)
	}
	other := w.Globex.IdentityTenant
	for _, id := range []string{
		"", "../" + other, "x/../" + other, other + "/accounts:lookup?x=", other + "#", other + "%2f", "a..b", other + "\n", strings.Repeat("a", 64),
	} {
		if err := w.Directory(tenant.Tenant{ID: good.ID, IdentityTenant: id}); !errors.Is(err, identity.ErrUnavailable) {
			t.Errorf("%q: %v", id, err)
		}
	}
}
