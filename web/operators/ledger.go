package operators

import (
	"context"
	"errors"
	"net/http"
	"regexp"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view/records"
)

// Ledger shows the ledger of all workspaces, or of one.
func (f Feature) Ledger(c echo.Context, o tenancy.Operator) error {
	ctx := c.Request().Context()
	l := records.Part{Tenant: c.QueryParam("tenant"), Decision: c.QueryParam("decision")}
	id, err := f.named(ctx, l.Tenant)
	shell := door.OperatorShell(c, o, Records())
	if errors.Is(err, tenant.ErrInvalid) || errors.Is(err, tenant.ErrTenantDenied) {
		l.Error = "There is no workspace of this name or identifier."
		return door.Show(c, http.StatusUnprocessableEntity, LedgerPage(shell, l))
	}
	if err != nil {
		return err
	}
	page, err := f.deps.Desk.All(ctx, o, ledger.Query{
		Tenant: id, Decision: ledger.Decision(l.Decision), Before: c.QueryParam("before"),
	})
	if err != nil {
		return err
	}
	l.Next = page.Next
	for _, r := range page.Rows {
		l.Rows = append(l.Rows, f.row(ctx, r))
	}
	return door.Show(c, http.StatusOK, LedgerPage(shell, l))
}

// named finds the tenant that an operator names by slug or identifier, in whatever state; zero for
// none named.
func (f Feature) named(ctx context.Context, name string) (tenant.ID, error) {
	if name == "" {
		return tenant.ID{}, nil
	}
	if id, err := tenant.ParseID(name); err == nil {
		return id, nil
	}
	slug, err := tenant.ParseSlug(name)
	if err != nil {
		return tenant.ID{}, err
	}
	return f.deps.Names.IDOf(ctx, slug)
}

// row is a record as operators see it: with the tenant, and without the names of its people, which
// are the tenant's.
func (f Feature) row(ctx context.Context, r ledger.Row) records.Row {
	row := records.RowOf(r)
	row.Tenant = f.called(ctx, r.Tenant)
	row.Why = identifier.ReplaceAllStringFunc(r.Reason, func(id string) string {
		if slug := f.called(ctx, id); slug != id {
			return id + " (" + slug + ")"
		}
		return id
	})
	return row
}

// identifier matches what may be a tenant's identifier within a sentence.
var identifier = regexp.MustCompile(`\btn-[a-z0-9]+\b`)

// called returns the slug of the tenant that an identifier is of; the identifier where there is
// none.
func (f Feature) called(ctx context.Context, identifier string) string {
	id, err := tenant.ParseID(identifier)
	if err != nil {
		return identifier
	}
	slug, err := f.deps.Names.SlugOf(ctx, id)
	if err != nil {
		return identifier
	}
	return slug.String()
}
