package access

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view/records"
)

// List is the page on which a tenant's admins read their own part of the ledger.
func (f Feature) List(c echo.Context, g vending.Grant) error {
	ctx := c.Request().Context()
	q := ledger.Query{Decision: ledger.Decision(c.QueryParam("decision")), Before: c.QueryParam("before")}
	page, err := f.ledger.OfTenant(ctx, g.Principal(), q)
	if err != nil {
		return err
	}
	called, err := f.names(ctx, g)
	if err != nil {
		return err
	}
	l := records.Part{Next: page.Next, Decision: string(q.Decision)}
	for _, r := range page.Rows {
		row := records.RowOf(r)
		row.Who = called(r.Subject)
		if r.Alert {
			row.Why = reachedAcross // the reason names what was reached for, which is another tenant's
		}
		l.Rows = append(l.Rows, row)
	}
	return door.Show(c, http.StatusOK, Page(door.Shell(c, g, Section()), l))
}

const reachedAcross = "It reached for something outside this workspace. The operators have been alerted."

// names returns a function that says what a person or an API key of the tenant is called: an
// identifier that is nobody's any more stays as it is.
func (f Feature) names(ctx context.Context, g vending.Grant) (func(id string) string, error) {
	page, err := users.NewRepository(g).List(ctx, users.Cursor{}, users.MaxPage)
	if err != nil {
		return nil, err
	}
	known := make(map[string]string, len(page.Items))
	for _, u := range page.Items {
		known[u.ID.String()] = u.Email
	}
	keys, err := f.keys.List(ctx, g)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		known[k.ID.User().String()] = k.Label()
	}
	return func(id string) string {
		if email, ok := known[id]; ok {
			return email
		}
		return id
	}, nil
}
