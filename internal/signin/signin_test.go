package signin_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/identitytest"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/signin"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

func TestSignIn(t *testing.T) {
	w := identitytest.New(t)
	ctx := t.Context()
	for _, p := range []struct {
		email, password string
		of              tenant.Tenant
		role            tenant.Role
	}{
		{w.Acme.Admin.Email, w.Acme.Admin.Password, w.Acme.Tenant, tenant.Admin},
		{w.Acme.Viewer.Email, w.Acme.Viewer.Password, w.Acme.Tenant, tenant.Viewer},
		{strings.ToUpper(w.Globex.Editor.Email), w.Globex.Editor.Password, w.Globex.Tenant, tenant.Editor},
	} {
		tokens, err := w.Services.SignIn.SignInWithPassword(ctx, p.of, p.email, p.password)
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.Authenticator.Session(ctx, tenant.SelectID(p.of.ID), tokens.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Tenant() != p.of.ID || got.Role() != p.role || got.Region() != p.of.Region || !got.Expires().Equal(tokens.Expires) {
			t.Errorf("%s: %v in %v, %v until %v", p.email, got.Role(), got.Tenant(), got.Region(), got.Expires())
		}
		account, err := w.Directory(t, p.of).GetUser(ctx, got.User().String())
		if err != nil {
			t.Fatal(err)
		}
		if c := account.CustomClaims; c["tn"] != p.of.ID.String() || c["rl"] != p.role.String() || c["rg"] != float64(p.of.Region) {
			t.Errorf("%s: custom claims %v", p.email, c)
		}
	}
}

func TestSignInRefusals(t *testing.T) {
	w := identitytest.New(t)
	ctx := t.Context()
	acme, globex := w.Acme, w.Globex
	_, err := w.Directory(t, acme.Tenant).CreateUser(ctx, new(firebaseauth.UserToCreate).Email("stray@acme.test").Password("password-of-stray"))
	if err != nil {
		t.Fatal(err)
	}
	closed := w.Add(t, acme, "closed@acme.test", tenant.Viewer)
	if _, err := w.Directory(t, acme.Tenant).UpdateUser(ctx, closed.ID.String(), new(firebaseauth.UserToUpdate).Disabled(true)); err != nil {
		t.Fatal(err)
	}
	unknown := acme.Tenant
	unknown.IdentityTenant = "nobody-00000"
	for name, tt := range map[string]struct {
		of              tenant.Tenant
		email, password string
		want            error
	}{
		"wrong password":            {acme.Tenant, acme.Viewer.Email, "password-of-another", identityplatform.ErrBadCredentials},
		"unknown address":           {acme.Tenant, "nobody@acme.test", "password-of-another", identityplatform.ErrBadCredentials},
		"no password":               {acme.Tenant, acme.Viewer.Email, "", identityplatform.ErrBadCredentials},
		"no address":                {acme.Tenant, "", "password-of-another", identityplatform.ErrBadCredentials},
		"malformed address":         {acme.Tenant, "viewer", "password-of-another", identityplatform.ErrBadCredentials},
		"another tenant's":          {globex.Tenant, acme.Viewer.Email, acme.Viewer.Password, identityplatform.ErrBadCredentials},
		"no record":                 {acme.Tenant, "stray@acme.test", "password-of-stray", people.ErrNoAccess},
		"account disabled":          {acme.Tenant, closed.Email, closed.Password, identityplatform.ErrDisabled},
		"no such Identity Platform": {unknown, acme.Viewer.Email, acme.Viewer.Password, identityplatform.ErrUnavailable},
	} {
		tokens, err := w.Services.SignIn.SignInWithPassword(ctx, tt.of, tt.email, tt.password)
		if !errors.Is(err, tt.want) || tokens != (sessioncookie.Tokens{}) {
			t.Errorf("%s: %v, %v, want %v", name, tokens, err, tt.want)
		}
		if err != nil && (strings.Contains(err.Error(), "password-of") || strings.Contains(err.Error(), "eyJ")) {
			t.Errorf("%s: a secret in %q", name, err)
		}
	}
	_, wrong := w.Services.SignIn.SignInWithPassword(ctx, acme.Tenant, acme.Viewer.Email, "password-of-another")
	_, nobody := w.Services.SignIn.SignInWithPassword(ctx, acme.Tenant, "nobody@acme.test", "password-of-another")
	if wrong.Error() != nobody.Error() {
		t.Errorf("a wrong password and an unknown address can be told apart: %v, %v", wrong, nobody)
	}
	for range 20 {
		_, err = w.Services.SignIn.SignInWithPassword(ctx, acme.Tenant, acme.Editor.Email, "password-of-another")
	}
	if !errors.Is(err, identityplatform.ErrTooManyAttempts) {
		t.Errorf("the twentieth guess: %v", err)
	}
	if _, err = w.Services.SignIn.SignInWithPassword(ctx, acme.Tenant, acme.Editor.Email, acme.Editor.Password); !errors.Is(err, identityplatform.ErrTooManyAttempts) {
		t.Errorf("the right password then: %v", err)
	}
}

func TestExchangeRefusals(t *testing.T) {
	w := identitytest.New(t)
	ctx := t.Context()
	acme, globex := w.Acme, w.Globex
	exchanged := w.SignedIn(t, acme.Viewer)
	custom, err := w.Directory(t, acme.Tenant).CustomTokenWithClaims(ctx, acme.Viewer.ID.String(),
		map[string]any{"tn": acme.ID.String(), "rl": "admin", "rg": 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		of    tenant.Tenant
		token string
		want  error
	}{
		"another tenant's":    {acme.Tenant, w.InitialToken(t, globex.Viewer), tenant.ErrTenantDenied},
		"to another tenant":   {globex.Tenant, w.InitialToken(t, acme.Viewer), tenant.ErrTenantDenied},
		"exchanged before":    {acme.Tenant, exchanged.ID, tenant.ErrUnauthenticated},
		"a refresh token":     {acme.Tenant, exchanged.Refresh, tenant.ErrUnauthenticated},
		"the custom token":    {acme.Tenant, custom, tenant.ErrUnauthenticated},
		"nothing":             {acme.Tenant, "", tenant.ErrUnauthenticated},
		"to an unknown one":   {tenant.Tenant{ID: tenant.NewID()}, w.InitialToken(t, acme.Viewer), tenant.ErrTenantDenied},
		"to no tenant at all": {tenant.Tenant{}, w.InitialToken(t, acme.Viewer), tenant.ErrInvalid},
	} {
		if tokens, err := w.Services.SignIn.Exchange(ctx, tt.of, tt.token); !errors.Is(err, tt.want) || tokens != (sessioncookie.Tokens{}) {
			t.Errorf("%s: %v, %v, want %v", name, tokens, err, tt.want)
		}
	}
	for name, token := range map[string]string{"custom token": custom, "initial token": w.InitialToken(t, acme.Viewer)} {
		if _, err := w.Authenticator.Session(ctx, tenant.SelectID(acme.ID), token); !errors.Is(err, tenant.ErrUnauthenticated) {
			t.Errorf("a session with the %s: %v", name, err)
		}
	}
}

func TestRefresh(t *testing.T) {
	w := identitytest.New(t)
	ctx := t.Context()
	acme, globex := w.Acme, w.Globex
	tokens := w.SignedIn(t, acme.Editor)

	// Two tabs, and six more, at once.
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			next, err := w.Services.SignIn.Refresh(ctx, acme.Tenant, tokens.Refresh)
			if err != nil || w.RoleOf(t, acme.Tenant, next) != tenant.Editor || next.Refresh == "" {
				t.Errorf("refresh: %v, %v", next, err)
			}
		})
	}
	wg.Wait()
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := w.Services.SignIn.Refresh(gone, acme.Tenant, tokens.Refresh); err != nil && !errors.Is(err, identityplatform.ErrUnavailable) {
		t.Errorf("a caller who has gone: %v", err)
	}

	initial := w.Accounts(t, "signInWithPassword", map[string]any{
		"email": acme.Editor.Email, "password": acme.Editor.Password, "tenantId": acme.IdentityTenant, "returnSecureToken": true,
	})
	for name, tt := range map[string]struct {
		of    tenant.Tenant
		token string
		want  error
	}{
		"nonsense":               {acme.Tenant, "nonsense", sessioncookie.ErrExpired},
		"nothing":                {acme.Tenant, "", sessioncookie.ErrExpired},
		"an ID token":            {acme.Tenant, tokens.ID, sessioncookie.ErrExpired},
		"never exchanged":        {acme.Tenant, initial["refreshToken"], sessioncookie.ErrExpired},
		"another tenant's":       {globex.Tenant, tokens.Refresh, tenant.ErrTenantDenied},
		"to a tenant of nowhere": {tenant.Tenant{ID: tenant.NewID()}, tokens.Refresh, tenant.ErrTenantDenied},
	} {
		if next, err := w.Services.SignIn.Refresh(ctx, tt.of, tt.token); !errors.Is(err, tt.want) || next != (sessioncookie.Tokens{}) {
			t.Errorf("%s: %v, %v, want %v", name, next, err, tt.want)
		}
	}
	dir := w.Directory(t, acme.Tenant)
	if err := dir.RevokeRefreshTokens(ctx, acme.Editor.ID.String()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Services.SignIn.Refresh(ctx, acme.Tenant, tokens.Refresh); !errors.Is(err, sessioncookie.ErrExpired) {
		t.Errorf("revoked at Identity Platform: %v", err)
	}
	tokens = w.SignedIn(t, acme.Editor)
	if err := dir.DeleteUser(ctx, acme.Editor.ID.String()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Services.SignIn.Refresh(ctx, acme.Tenant, tokens.Refresh); !errors.Is(err, sessioncookie.ErrExpired) {
		t.Errorf("deleted: %v", err)
	}
}

// Whoever signs in right after their role was changed is let in, also when the second ends between
// the token, which is dead on arrival, and the look at why.
func TestSignInRightAfterARoleChange(t *testing.T) {
	w := identitytest.New(t)
	var looks int
	slow := identitytest.Open(t, w.World, identitytest.Config{Now: func() time.Time {
		if looks++; looks == 2 { // the first is before the token, the second after it was refused
			time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
		}
		return time.Now()
	}})
	time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) // so that the second does not end too early
	if err := w.Revocations.RevokeUser(t.Context(), w.Acme.ID, w.Acme.Editor.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := slow.SignIn.SignInWithPassword(t.Context(), w.Acme.Tenant, w.Acme.Editor.Email, w.Acme.Editor.Password); err != nil {
		t.Errorf("signing in: %v", err)
	}
}

func TestUnavailable(t *testing.T) {
	w := identitytest.New(t)
	ctx := t.Context()
	tokens := w.SignedIn(t, w.Acme.Viewer)
	w.Web.HTTP().Timeout = time.Nanosecond
	for name, call := range map[string]func() error{
		"sign in": func() error {
			_, err := w.Services.SignIn.SignInWithPassword(ctx, w.Acme.Tenant, w.Acme.Viewer.Email, w.Acme.Viewer.Password)
			return err
		},
		"refresh": func() error {
			_, err := w.Services.SignIn.Refresh(ctx, w.Acme.Tenant, tokens.Refresh)
			return err
		},
	} {
		err := call()
		if !errors.Is(err, identityplatform.ErrUnavailable) || strings.Contains(err.Error(), tokens.Refresh) || strings.Contains(err.Error(), w.Acme.Viewer.Password) ||
			strings.Contains(err.Error(), w.Cloud.APIKey()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.Web.HTTP().Timeout = 0
}

func TestNewWantsItsParts(t *testing.T) {
	if _, err := signin.New(signin.Config{}); err == nil {
		t.Error("a service of nothing")
	}
}
