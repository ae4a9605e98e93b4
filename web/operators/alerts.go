package operators

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

const (
	home    = "/operator"
	closed  = "/operator/alerts/closed"
	closing = "/operator/alerts/close"

	// chosenField is how the names of the fields begin by which groups of alerts are chosen.
	chosenField = "alerts-"
)

// Alerts shows the alerts that nobody has closed.
func (f Feature) Alerts(c echo.Context, o tenancy.Operator) error {
	ctx := c.Request().Context()
	found, err := f.deps.Desk.OpenAlerts(ctx, o, c.QueryParam("before"))
	if err != nil {
		return err
	}
	l := AlertList{Next: found.Next}
	for _, g := range found.Groups {
		l.Groups = append(l.Groups, f.group(ctx, g))
	}
	return door.Show(c, http.StatusOK, AlertsPage(door.OperatorShell(c, o, Alerts()), l))
}

// ClosedAlerts shows the alerts that were closed, with who closed them.
func (f Feature) ClosedAlerts(c echo.Context, o tenancy.Operator) error {
	ctx := c.Request().Context()
	page, err := f.deps.Desk.ClosedAlerts(ctx, o, c.QueryParam("before"))
	if err != nil {
		return err
	}
	l := ClosedList{Next: page.Next}
	for _, a := range page.Alerts {
		by := a.Email
		if by == "" {
			by = a.By
		}
		l.Alerts = append(l.Alerts, ClosedAlert{
			Row: f.row(ctx, a.Row), Times: a.Row.Times(), By: by, Closed: a.Closed,
		})
	}
	return door.Show(c, http.StatusOK, ClosedAlertsPage(door.OperatorShell(c, o, Alerts()), l))
}

// CloseAlerts closes the alerts that the form says: those whose own button was pressed, or those
// that were chosen. Of several that were chosen it asks first.
func (f Feature) CloseAlerts(c echo.Context, o tenancy.Operator) error {
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	ids := strings.Fields(form.Value("only"))
	if len(ids) == 0 {
		groups := chosen(form)
		ids = slices.Concat(groups...)
		if len(groups) > 1 {
			question := CloseQuestion{IDs: strings.Join(ids, " "), Count: len(ids)}
			return door.Show(c, http.StatusOK, CloseAlertsPage(door.OperatorShell(c, o, Alerts()), question))
		}
	}
	if len(ids) == 0 {
		return door.Redirect(c, door.WithNotice(home, noneChosen))
	}
	if _, err := f.deps.Desk.CloseAlerts(c.Request().Context(), o, ids...); err != nil {
		return err
	}
	notice := alertClosed
	if len(ids) > 1 {
		notice = alertsClosed
	}
	return door.Redirect(c, door.WithNotice(home, notice))
}

// chosen returns the alerts of each group that was chosen.
func chosen(form door.Form) (groups [][]string) {
	for name := range form {
		if strings.HasPrefix(name, chosenField) {
			groups = append(groups, strings.Fields(form.Value(name)))
		}
	}
	return groups
}

// group is a group of alerts as operators see it.
func (f Feature) group(ctx context.Context, g ledger.AlertGroup) AlertGroup {
	newest, oldest := g[0].Row, g[len(g)-1].Row
	ids := make([]string, len(g))
	for i, a := range g {
		ids[i] = a.Row.ID
	}
	return AlertGroup{
		Row: f.row(ctx, newest), IDs: strings.Join(ids, " "), Times: g.Times(),
		First: oldest.Time, Last: newest.Until(),
	}
}
