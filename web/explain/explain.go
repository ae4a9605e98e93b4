package explain

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Show answers an admin's question about their own workspace.
func (f Feature) Show(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	m, status, err := answer(c, asked(c), slug)
	if err != nil {
		return err
	}
	return door.Show(c, status, Page(door.Shell(c, g, view.Section{}), m))
}

// ShowOperator answers an operator's question about any workspace.
func (f Feature) ShowOperator(c echo.Context, o tenancy.Operator) error {
	a := asked(c)
	a.Workspace = c.QueryParam("workspace")
	slug, err := tenant.ParseSlug(a.Workspace)
	if err != nil && a.Route != "" {
		err = errors.Join(errQuestion, err)
		r := door.Refuse(c, err)
		return door.Show(c, r.Status, OperatorPage(door.OperatorShell(c, o, Section()), model(c.Request().Context(), a, r.Sentence)))
	}
	m, status, err := answer(c, a, slug)
	if err != nil {
		return err
	}
	return door.Show(c, status, OperatorPage(door.OperatorShell(c, o, Section()), m))
}

func asked(c echo.Context) Asked {
	return Asked{
		Route: c.QueryParam("route"), Credential: c.QueryParam("credential"),
		Flaw: c.QueryParam("flaw"), Role: c.QueryParam("role"), Factor: c.QueryParam("factor"),
	}
}

// answer is the model of the page, and its status: the form alone until something was asked.
func answer(c echo.Context, a Asked, of tenant.Slug) (Model, int, error) {
	ctx := c.Request().Context()
	if a.Route == "" {
		return model(ctx, a.withDefaults(), ""), http.StatusOK, nil
	}
	q, err := a.question(ctx, of)
	if err != nil {
		r := door.Refuse(c, err)
		return model(ctx, a, r.Sentence), r.Status, nil
	}
	e, err := door.Explain(ctx, q)
	if err != nil {
		return Model{}, 0, err
	}
	m := model(ctx, a.withDefaults(), "")
	m.Answer = answerOf(q, e)
	return m, http.StatusOK, nil
}

func model(ctx context.Context, a Asked, fault string) Model {
	m := Model{Asked: a, Error: fault}
	for _, r := range door.RoutesOf(ctx) {
		m.Routes = append(m.Routes, choice{r.Method + " " + r.Path, r.Method + " " + r.Path + " (" + string(r.Policy) + ")"})
	}
	return m
}

func answerOf(q door.Question, e door.Explanation) *Answer {
	out := &Answer{Policy: string(q.Route.Policy), Allowed: !e.Refused, Status: e.Refusal.Status, Code: e.Refusal.Code, Sentence: e.Refusal.Sentence}
	for _, s := range e.Steps {
		out.Steps = append(out.Steps, Step{Name: s.Name, Where: s.Where, Outcome: string(s.Outcome), Detail: s.Detail})
	}
	return out
}
