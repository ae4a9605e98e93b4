package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// access is the page on which a tenant's admins read their own part of the ledger.
func (s *site) access(c echo.Context, g vending.Grant) error {
	ctx := c.Request().Context()
	q := vending.LedgerQuery{Decision: vending.Decision(c.QueryParam("decision")), Before: c.QueryParam("before")}
	page, err := s.Ledger.OfTenant(ctx, g.Principal(), q)
	if err != nil {
		return err
	}
	called, err := s.names(ctx, g)
	if err != nil {
		return err
	}
	l := view.Ledger{Next: page.Next, Decision: string(q.Decision)}
	for _, r := range page.Rows {
		row := ledgerRow(r)
		row.Who = called(r.Subject)
		if r.Alert {
			row.Why = reachedAcross // the reason names what was reached for, which is another tenant's
		}
		l.Rows = append(l.Rows, row)
	}
	return s.show(c, http.StatusOK, view.LedgerPage(s.shell(c, g, view.SectionAccess), l))
}

const reachedAcross = "It reached for something outside this workspace. The operators have been alerted."

// names returns a function that says what a person or an API key of the tenant is called: an identifier that is nobody's any
// more stays as it is.
func (s *site) names(ctx context.Context, g vending.Grant) (func(id string) string, error) {
	page, err := users.NewRepository(g).List(ctx, users.Cursor{}, users.MaxPage)
	if err != nil {
		return nil, err
	}
	known := make(map[string]string, len(page.Users))
	for _, u := range page.Users {
		known[u.ID.String()] = u.Email
	}
	keys, err := s.Identity.APIKeys(ctx, g)
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

func (s *site) alerts(c echo.Context, o tenancy.Operator) error {
	alerts, err := s.Ledger.OpenAlerts(c.Request().Context(), o)
	if err != nil {
		return err
	}
	rows := make([]view.LedgerRow, len(alerts))
	for i, a := range alerts {
		rows[i] = s.operatorRow(c.Request().Context(), a.Row)
	}
	return s.show(c, http.StatusOK, view.AlertsPage(operatorShell(c, o, "alerts"), rows))
}

func (s *site) closeAlert(c echo.Context, o tenancy.Operator) error {
	if err := s.Ledger.CloseAlert(c.Request().Context(), o, c.Param("id")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, operatorHome+"?notice="+alertClosed)
}

func (s *site) operatorLedger(c echo.Context, o tenancy.Operator) error {
	ctx := c.Request().Context()
	l := view.Ledger{Tenant: c.QueryParam("tenant"), Decision: c.QueryParam("decision")}
	id, err := s.namedTenant(ctx, l.Tenant)
	status := http.StatusOK
	if errors.Is(err, tenancy.ErrInvalid) || errors.Is(err, tenancy.ErrTenantDenied) {
		status, l.Error = http.StatusUnprocessableEntity, "There is no workspace of this name or identifier."
		return s.show(c, status, view.OperatorLedgerPage(operatorShell(c, o, "ledger"), l))
	}
	if err != nil {
		return err
	}
	page, err := s.Ledger.All(ctx, o, vending.LedgerQuery{
		Tenant: id, Decision: vending.Decision(l.Decision), Before: c.QueryParam("before"),
	})
	if err != nil {
		return err
	}
	l.Next = page.Next
	for _, r := range page.Rows {
		l.Rows = append(l.Rows, s.operatorRow(ctx, r))
	}
	return s.show(c, status, view.OperatorLedgerPage(operatorShell(c, o, "ledger"), l))
}

// namedTenant finds the tenant that an operator names by slug or identifier, in whatever state; zero for none named.
func (s *site) namedTenant(ctx context.Context, name string) (tenancy.ID, error) {
	if name == "" {
		return tenancy.ID{}, nil
	}
	if id, err := tenancy.ParseID(name); err == nil {
		return id, nil
	}
	slug, err := tenancy.ParseSlug(name)
	if err != nil {
		return tenancy.ID{}, err
	}
	t, err := s.Registry.BySlug(ctx, slug)
	return t.ID, err
}

// operatorRow is a row as operators see it: with the tenant, and without the names of its people, which are the tenant's.
func (s *site) operatorRow(ctx context.Context, r vending.Record) view.LedgerRow {
	row := ledgerRow(r)
	row.Tenant, row.Who = r.Tenant, r.Subject
	if id, err := tenancy.ParseID(r.Tenant); err == nil {
		if t, err := s.Registry.ByID(ctx, id); err == nil {
			row.Tenant = t.Slug.String()
		}
	}
	return row
}

func ledgerRow(r vending.Record) view.LedgerRow {
	return view.LedgerRow{
		ID: r.ID, At: r.Time, Decision: string(r.Decision), Alert: r.Alert, Who: r.Subject, Role: r.Role, Method: r.Method,
		Scope: r.Scope, Account: r.Account, Key: r.KeyID, Route: r.Route, Request: r.Request, Why: r.Reason, Warm: r.Warm,
	}
}

// Access is a record of the ledger as the API shows one.
type Access struct {
	ID       string    `json:"id"`
	Time     time.Time `json:"time"`
	Decision string    `json:"decision" enum:"vended,denied,failed"`
	User     string    `json:"user,omitempty" doc:"The identifier of the person, or of the API key."`
	Role     string    `json:"role,omitempty"`
	Method   string    `json:"method" doc:"How they proved who they are."`
	Scope    string    `json:"scope,omitempty"`
	Account  string    `json:"account,omitempty" doc:"The service account that acted for them."`
	KeyID    string    `json:"keyId,omitempty"`
	Route    string    `json:"route,omitempty"`
	Request  string    `json:"requestId,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Warm     int64     `json:"warm,omitempty" doc:"How often the same was given again."`
}

type accessInput struct {
	Decision string `query:"decision" enum:"vended,denied,failed" required:"false"`
	Before   string `query:"before" doc:"The next of an earlier answer."`
	Limit    int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type accessOutput struct {
	Body struct {
		Records []Access `json:"records"`
		Next    string   `json:"next,omitempty" doc:"Where the earlier part begins. Absent at the end."`
	}
}

func (s *site) apiAccess(ctx context.Context, g vending.Grant, in *accessInput) (*accessOutput, error) {
	page, err := s.Ledger.OfTenant(ctx, g.Principal(), vending.LedgerQuery{Decision: vending.Decision(in.Decision), Before: in.Before, Limit: in.Limit})
	if err != nil {
		return nil, fmt.Errorf("web: ledger: %w", err)
	}
	out := new(accessOutput)
	out.Body.Records, out.Body.Next = []Access{}, page.Next
	for _, r := range page.Rows {
		a := Access{
			ID: r.ID, Time: r.Time, Decision: string(r.Decision), User: r.Subject, Role: r.Role, Method: r.Method, Scope: r.Scope,
			Account: r.Account, KeyID: r.KeyID, Route: r.Route, Request: r.Request, Reason: r.Reason, Warm: r.Warm,
		}
		if r.Alert {
			a.Reason = reachedAcross
		}
		out.Body.Records = append(out.Body.Records, a)
	}
	return out, nil
}
