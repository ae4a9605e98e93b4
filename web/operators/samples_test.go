package operators_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/operators"
	"github.com/bulkhead-saas/bulkhead/web/view/records"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	viewtest.Check(t, func(text string) []viewtest.Sample {
		alerts := viewtest.OperatorShell(text, operators.Alerts())
		shown := viewtest.OperatorShell(text, operators.Records())
		part := viewtest.Records(text)
		form := operators.SignIn{Email: text, Error: text, Notice: text}
		return []viewtest.Sample{
			{Name: "operators", Component: operators.SignInPage(form)},
			{Name: "alerts", Component: operators.AlertsPage(alerts, part.Rows)},
			{Name: "no alerts", Component: operators.AlertsPage(alerts, nil)},
			{Name: "ledger", Component: operators.LedgerPage(shown, part)},
			{Name: "ledger refused", Component: operators.LedgerPage(shown, records.Part{Tenant: text, Error: text})},
		}
	})
}
