package web_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web"
)

// sentinels are the errors that the packages behind the front door export, and what becomes of them.
var sentinels = map[string]struct {
	err    error
	status int
	code   string
}{
	"identity.ErrBadCredentials":  {identity.ErrBadCredentials, 401, "bad_credentials"},
	"identity.ErrDisabled":        {identity.ErrDisabled, 403, "account_disabled"},
	"identity.ErrNoAccess":        {identity.ErrNoAccess, 403, "no_access"},
	"identity.ErrSessionExpired":  {identity.ErrSessionExpired, 401, "unauthenticated"},
	"identity.ErrTooManyAttempts": {identity.ErrTooManyAttempts, 429, "too_many_attempts"},
	"identity.ErrUnavailable":     {identity.ErrUnavailable, 503, "unavailable"},
	"tenancy.ErrForbidden":        {tenancy.ErrForbidden, 403, "forbidden"},
	"tenancy.ErrInvalid":          {tenancy.ErrInvalid, 400, "malformed"},
	"tenancy.ErrNoAPIKey":         {tenancy.ErrNoAPIKey, 404, "not_found"},
	"tenancy.ErrNoRoom":           {tenancy.ErrNoRoom, 500, "internal"}, // onboarding's alone
	"tenancy.ErrSlugTaken":        {tenancy.ErrSlugTaken, 409, "slug_taken"},
	"tenancy.ErrStale":            {tenancy.ErrStale, 500, "internal"}, // onboarding's alone
	"tenancy.ErrTenantDenied":     {tenancy.ErrTenantDenied, 403, "tenant_denied"},
	"tenancy.ErrTooManyAPIKeys":   {tenancy.ErrTooManyAPIKeys, 409, "too_many_api_keys"},
	"tenancy.ErrUnauthenticated":  {tenancy.ErrUnauthenticated, 401, "unauthenticated"},
	"tenancy.ErrUnavailable":      {tenancy.ErrUnavailable, 503, "unavailable"},
	"uploads.ErrForbidden":        {uploads.ErrForbidden, 403, "forbidden"},
	"uploads.ErrInvalid":          {uploads.ErrInvalid, 422, "invalid"},
	"uploads.ErrMismatch":         {uploads.ErrMismatch, 409, "upload_mismatch"},
	"uploads.ErrNotFound":         {uploads.ErrNotFound, 404, "not_found"},
	"uploads.ErrNotUploaded":      {uploads.ErrNotUploaded, 409, "not_uploaded"},
	"uploads.ErrTooLarge":         {uploads.ErrTooLarge, 413, "file_too_large"},
	"users.ErrExists":             {users.ErrExists, 409, "exists"},
	"users.ErrForbidden":          {users.ErrForbidden, 403, "forbidden"},
	"users.ErrInvalid":            {users.ErrInvalid, 422, "invalid"},
	"users.ErrLastAdmin":          {users.ErrLastAdmin, 409, "last_admin"},
	"users.ErrNotFound":           {users.ErrNotFound, 404, "not_found"},
	"vending.ErrConflict":         {vending.ErrConflict, 500, "internal"},    // onboarding's alone
	"vending.ErrNotIsolated":      {vending.ErrNotIsolated, 500, "internal"}, // onboarding's alone
	"vending.ErrDenied":           {vending.ErrDenied, 403, "tenant_denied"},
	"vending.ErrForeign":          {vending.ErrForeign, 403, "tenant_denied"},
	"vending.ErrNoAlert":          {vending.ErrNoAlert, 404, "not_found"},
	"vending.ErrQuery":            {vending.ErrQuery, 400, "malformed"},
	"vending.ErrReadOnly":         {vending.ErrReadOnly, 403, "forbidden"},
}

func TestEverySentinelHasARow(t *testing.T) {
	for _, pkg := range []string{"identity", "tenancy", "uploads", "users", "vending"} {
		for _, name := range exportedErrors(t, "../internal/"+pkg) {
			if _, ok := sentinels[pkg+"."+name]; !ok {
				t.Errorf("%s.%s: nobody has decided what a client is told", pkg, name)
			}
		}
	}
	for name, tt := range sentinels {
		if web.InTable(tt.err) != (tt.code != "internal") {
			t.Errorf("%s: a row of its own: %v", name, web.InTable(tt.err))
		}
		for _, err := range []error{tt.err, fmt.Errorf("reading: %w", tt.err)} {
			status, code, sentence := web.Refused(err)
			if status != tt.status || code != tt.code || !strings.HasSuffix(sentence, ".") {
				t.Errorf("%s: %d %s %q, want %d %s and a sentence", name, status, code, sentence, tt.status, tt.code)
			}
		}
	}
}

// exportedErrors returns the names of a package's exported error variables.
func exportedErrors(t *testing.T, dir string) []string {
	t.Helper()
	files, err := fs.Glob(os.DirFS(dir), "*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no source, %v", dir, err)
	}
	var names []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), dir+"/"+name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.VAR {
				continue
			}
			for _, spec := range gen.Specs {
				for _, ident := range spec.(*ast.ValueSpec).Names {
					if strings.HasPrefix(ident.Name, "Err") {
						names = append(names, ident.Name)
					}
				}
			}
		}
	}
	return names
}

func TestUnforeseenErrorsSayNothing(t *testing.T) {
	for _, err := range []error{errors.New("dial tcp 10.0.0.1: secret"), echo.NewHTTPError(418), fmt.Errorf("panic: %v", "secret")} {
		status, code, sentence := web.Refused(err)
		if status != 500 || code != "internal" || strings.Contains(sentence, "secret") {
			t.Errorf("%v: %d %s %q", err, status, code, sentence)
		}
	}
}

func TestReasonsOfVendingCountFirst(t *testing.T) {
	for _, tt := range []struct {
		err    error
		status int
	}{
		{errors.Join(vending.ErrDenied, tenancy.ErrUnauthenticated), 401},
		{errors.Join(vending.ErrDenied, tenancy.ErrUnavailable), 503},
		{errors.Join(vending.ErrDenied, tenancy.ErrTenantDenied), 403},
		{context.DeadlineExceeded, 503},
	} {
		if status, _, _ := web.Refused(tt.err); status != tt.status {
			t.Errorf("%v: %d, want %d", tt.err, status, tt.status)
		}
	}
}

func TestFieldErrorsAreShown(t *testing.T) {
	_, _, sentence := web.Refused(fmt.Errorf("create: %w", &uploads.FieldError{Field: "name", Sentence: "The name is odd."}))
	if sentence != "The name is odd." {
		t.Errorf("sentence %q", sentence)
	}
}
