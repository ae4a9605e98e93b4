package identityplatform_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

func TestRefusals(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"wrong password":             {400, `{"error":{"message":"INVALID_LOGIN_CREDENTIALS"}}`, identityplatform.ErrBadCredentials},
		"without enumeration guards": {400, `{"error":{"message":"EMAIL_NOT_FOUND"}}`, identityplatform.ErrBadCredentials},
		"disabled":                   {400, `{"error":{"message":"USER_DISABLED"}}`, identityplatform.ErrDisabled},
		"locked, and why":            {400, `{"error":{"message":"TOO_MANY_ATTEMPTS_TRY_LATER : Access to this account"}}`, identityplatform.ErrTooManyAttempts},
		"dead session":               {400, `{"error":{"message":"TOKEN_EXPIRED","status":"INVALID_ARGUMENT"}}`, sessioncookie.ErrExpired},
		"a fault of ours":            {400, `{"error":{"message":"INVALID_CUSTOM_TOKEN"}}`, identityplatform.ErrUnavailable},
		"a code on another status":   {500, `{"error":{"message":"USER_DISABLED"}}`, identityplatform.ErrUnavailable},
		"quota":                      {429, `{"error":{"message":"QUOTA_EXCEEDED : Exceeded quota"}}`, identityplatform.ErrUnavailable},
		"prose with a secret":        {400, `{"error":{"message":"secret-password is no password"}}`, identityplatform.ErrUnavailable},
		"no JSON":                    {502, `<html>secret`, identityplatform.ErrUnavailable},
		"nothing":                    {503, ``, identityplatform.ErrUnavailable},
	} {
		err := identityplatform.Refusal(tt.status, []byte(tt.body))
		if !errors.Is(err, tt.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// The client writes a tenant's id into addresses as it is.
func TestOnlyATenantsIDIsAddressed(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	google, err := identityplatform.New(w.Web, w.Cloud.APIKey())
	if err != nil {
		t.Fatal(err)
	}
	good := w.Acme.Tenant
	if _, err := google.Directory(good); err != nil {
		t.Errorf("%q: %v", good.IdentityTenant, err)
	}
	other := w.Globex.IdentityTenant
	for _, id := range []string{
		"", "../" + other, "x/../" + other, other + "/accounts:lookup?x=", other + "#", other + "%2f", "a..b", other + "\n", strings.Repeat("a", 64),
	} {
		if _, err := google.Directory(tenant.Tenant{ID: good.ID, IdentityTenant: id}); !errors.Is(err, identityplatform.ErrUnavailable) {
			t.Errorf("%q: %v", id, err)
		}
	}
}
