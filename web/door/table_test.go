package door_test

import (
	"errors"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

func page(echo.Context, vending.Grant) error { return nil }

func TestTableRefusesRoutesWithoutPolicy(t *testing.T) {
	const at = "/t/:tenant/x"
	section := door.Nav(view.Section{Name: "x", Label: "X"})
	for name, add := range map[string]func(*door.Table){
		"past the table":             func(r *door.Table) { door.Echo(r).GET("/back-door", echo.NotFoundHandler) },
		"without a permission":       func(r *door.Table) { r.Session("", "GET", at, page) },
		"with an unknown permission": func(r *door.Table) { r.Session("files", "GET", at, page) },
		"twice": func(r *door.Table) {
			r.Session(tenant.FilesRead, "GET", at, page)
			r.Session(tenant.FilesWrite, "GET", at, page)
		},
		"secret and packed": func(r *door.Table) {
			r.Session(tenant.FilesRead, "GET", at, page, door.Secret, door.Packed)
		},
		"a form in the navigation": func(r *door.Table) {
			r.Session(tenant.FilesRead, "POST", at, page, section)
		},
		"a public page in the navigation": func(r *door.Table) {
			r.Public("GET", at, echo.NotFoundHandler, section)
		},
	} {
		table := new(door.Door).Table("")
		add(table)
		if _, err := table.Handler(); err == nil {
			t.Errorf("a route %s is accepted", name)
		}
	}
	table := new(door.Door).Table("")
	table.Session(tenant.FilesRead, "GET", at, page, section)
	if _, err := table.Handler(); err != nil {
		t.Errorf("a proper route: %v", err)
	}
}

// feature is a feature that brings these rows and notices.
type feature struct {
	rows    []door.Row
	notices []door.Notice
}

func (f feature) Refusals() []door.Row   { return f.rows }
func (f feature) Notices() []door.Notice { return f.notices }

func TestFeaturesMayNotContradictEachOther(t *testing.T) {
	err := errors.New("an error")
	missing := door.Row{Err: err, Refusal: door.NotFound()}
	denied := door.Row{Err: err, Refusal: door.Forbidden()}
	yes, no := door.Notice{Code: "done", Text: "Yes."}, door.Notice{Code: "done", Text: "No."}
	for name, tt := range map[string]struct {
		one, other feature
		ok         bool
	}{
		"the same row":    {feature{rows: []door.Row{missing}}, feature{rows: []door.Row{missing}}, true},
		"two rows":        {feature{rows: []door.Row{missing}}, feature{rows: []door.Row{denied}}, false},
		"the same notice": {feature{notices: []door.Notice{yes}}, feature{notices: []door.Notice{yes}}, true},
		"two notices":     {feature{notices: []door.Notice{yes}}, feature{notices: []door.Notice{no}}, false},
		"one of the door's rows": {
			feature{rows: []door.Row{{Err: tenant.ErrTenantDenied, Refusal: door.NotFound()}}}, feature{}, false,
		},
		"one of the door's notices": {
			feature{notices: []door.Notice{{Code: door.SignedOut, Text: "Hello."}}}, feature{}, false,
		},
	} {
		if _, err := new(door.Door).Table("", tt.one, tt.other).Handler(); (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
