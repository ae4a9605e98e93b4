package door_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/probe"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/browser"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

func TestRefusals(t *testing.T) {
	table := new(door.Door).Table("")
	for _, tt := range []struct {
		err    error
		status int
		code   string
	}{
		{identityplatform.ErrBadCredentials, 401, "bad_credentials"},
		{identityplatform.ErrDisabled, 403, "account_disabled"},
		{people.ErrNoAccess, 403, "no_access"},
		{sessioncookie.ErrExpired, 401, "unauthenticated"},
		{identityplatform.ErrTooManyAttempts, 429, "too_many_attempts"},
		{identityplatform.ErrUnavailable, 503, "unavailable"},
		{tenant.ErrForbidden, 403, "forbidden"},
		{tenant.ErrInvalid, 400, "malformed"},
		{registry.ErrNoRoom, 500, "internal"}, // onboarding's alone
		{tenant.ErrSlugTaken, 409, "slug_taken"},
		{tenant.ErrTenantDenied, 403, "tenant_denied"},
		{tenant.ErrUnauthenticated, 401, "unauthenticated"},
		{tenant.ErrUnavailable, 503, "unavailable"},
		{vault.ErrConflict, 500, "internal"},    // onboarding's alone
		{probe.ErrNotIsolated, 500, "internal"}, // onboarding's alone
		{vending.ErrDenied, 403, "tenant_denied"},
		{vending.ErrForeign, 403, "tenant_denied"},
		{vending.ErrReadOnly, 403, "forbidden"},
		{vending.ErrUnavailable, 503, "unavailable"},
		{status.Error(codes.Unavailable, "away"), 503, "unavailable"},
		{status.Error(codes.Unauthenticated, "a tenant's dead key"), 503, "unavailable"},
		{status.Error(codes.Canceled, "gone"), 503, "unavailable"},
		{status.Error(codes.PermissionDenied, "IAM"), 500, "internal"},
		{browser.ErrNoSession, 401, "unauthenticated"},
		{browser.ErrTwoSessions, 401, "unauthenticated"},
	} {
		for _, err := range []error{tt.err, fmt.Errorf("reading: %w", tt.err)} {
			r := table.Refuse(err)
			if r.Status != tt.status || r.Code != tt.code || !strings.HasSuffix(r.Sentence, ".") {
				t.Errorf("%v: %d %s %q, want %d %s and a sentence", err, r.Status, r.Code, r.Sentence, tt.status, tt.code)
			}
		}
	}
}

func TestUnforeseenErrorsSayNothing(t *testing.T) {
	for _, err := range []error{
		errors.New("dial tcp 10.0.0.1: secret"), echo.NewHTTPError(418), fmt.Errorf("panic: %v", "secret"),
	} {
		r := new(door.Door).Table("").Refuse(err)
		if r.Status != 500 || r.Code != "internal" || strings.Contains(r.Sentence, "secret") {
			t.Errorf("%v: %d %s %q", err, r.Status, r.Code, r.Sentence)
		}
	}
}

func TestReasonsOfVendingCountFirst(t *testing.T) {
	for _, tt := range []struct {
		err    error
		status int
	}{
		{errors.Join(vending.ErrDenied, tenant.ErrUnauthenticated), 401},
		{errors.Join(vending.ErrDenied, tenant.ErrUnavailable), 503},
		{errors.Join(vending.ErrDenied, tenant.ErrTenantDenied), 403},
		{context.DeadlineExceeded, 503},
	} {
		if r := new(door.Door).Table("").Refuse(tt.err); r.Status != tt.status {
			t.Errorf("%v: %d, want %d", tt.err, r.Status, tt.status)
		}
	}
}
