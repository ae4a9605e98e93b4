package operators_test

import (
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/web/operators"
	"github.com/bulkhead-saas/bulkhead/web/view"
	"github.com/bulkhead-saas/bulkhead/web/view/records"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	viewtest.Check(t, func(text string) []viewtest.Sample {
		alerts := viewtest.OperatorShell(text, operators.Alerts())
		shown := viewtest.OperatorShell(text, operators.Records())
		part := viewtest.Records(text)
		queue := viewtest.OperatorShell(text, operators.Queue())
		at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
		jobs := operators.JobList{State: "parked", Next: "x", Jobs: []operators.Job{
			{ID: "j1", Kind: text, Tenant: text, State: "parked", Attempts: 10, Created: at, Error: text},
			{ID: "j2", Kind: text, State: "due", At: at, Created: at},
			{ID: "j3", Kind: text, State: "leased", At: at, Created: at, Holder: text},
			{ID: "j4", State: "parked", Unreadable: true},
		}}
		open, shut := operators.AlertList{Next: text}, operators.ClosedList{Next: text}
		for i, r := range part.Rows {
			open.Groups = append(open.Groups, operators.AlertGroup{Row: r, IDs: text, Times: int64(i + 1), First: at, Last: at})
			shut.Alerts = append(shut.Alerts, operators.ClosedAlert{Row: r, Times: int64(i + 1), By: text, Closed: at})
		}
		form := operators.SignIn{Email: text, Error: text, Notice: text}
		asks := view.FactorForms{Action: "/operator/x", Error: text, Code: true, Recovery: true}
		sets := view.FactorForms{Action: "/operator/x", App: &view.AppForm{Secret: "ABCDEFGH", Size: 41, Path: "M4 4h7v1h-7z", State: text}}
		return []viewtest.Sample{
			{Name: "second factor", Component: operators.FactorPage(operators.Factor{Email: text, IsSet: true, Forms: asks})},
			{Name: "second factor, none", Component: operators.FactorPage(operators.Factor{Email: text, Forms: sets})},
			{Name: "codes of a second factor", Component: operators.FactorCodesPage(text)},
			{Name: "operators", Component: operators.SignInPage(form)},
			{Name: "alerts", Component: operators.AlertsPage(alerts, open)},
			{Name: "no alerts", Component: operators.AlertsPage(alerts, operators.AlertList{})},
			{Name: "closed alerts", Component: operators.ClosedAlertsPage(alerts, shut)},
			{Name: "no closed alerts", Component: operators.ClosedAlertsPage(alerts, operators.ClosedList{})},
			{Name: "close alerts", Component: operators.CloseAlertsPage(alerts, operators.CloseQuestion{IDs: text, Count: 7})},
			{Name: "jobs", Component: operators.JobsPage(queue, jobs)},
			{Name: "no jobs", Component: operators.JobsPage(queue, operators.JobList{State: "parked"})},
			{Name: "cancel a job", Component: operators.CancelJobPage(queue, text)},
			{Name: "ledger", Component: operators.LedgerPage(shown, part)},
			{Name: "ledger refused", Component: operators.LedgerPage(shown, records.Part{Tenant: text, Error: text})},
		}
	})
}
