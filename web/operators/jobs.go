package operators

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

var noJob = door.NewRefusal(http.StatusNotFound, "not_found",
	"There is no such job any more, or it is not parked. It may have been done meanwhile.")

// Jobs shows the jobs of a state: those that were given up, unless another is asked for.
func (f Feature) Jobs(c echo.Context, o tenancy.Operator) error {
	state := jobs.Parked
	if asked := c.QueryParam("state"); asked != "" {
		state = jobs.State(asked)
	}
	page, err := f.deps.Desk.Jobs(c.Request().Context(), o, state, c.QueryParam("after"))
	if err != nil {
		return err
	}
	list := JobList{State: string(state), Next: page.Next}
	for _, j := range page.Jobs {
		list.Jobs = append(list.Jobs, f.job(c, j))
	}
	for _, bad := range page.Unreadable {
		list.Jobs = append(list.Jobs, Job{ID: bad.ID, State: string(state), Unreadable: true})
	}
	return door.Show(c, http.StatusOK, JobsPage(door.OperatorShell(c, o, Queue()), list))
}

// RetryJob makes a parked job due.
func (f Feature) RetryJob(c echo.Context, o tenancy.Operator) error {
	if err := f.deps.Desk.ReleaseJob(c.Request().Context(), o, c.Param("id")); err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(queue, jobReleased))
}

// ConfirmCancelJob asks, on a page of its own, whether to cancel a job.
func (f Feature) ConfirmCancelJob(c echo.Context, o tenancy.Operator) error {
	shell := door.OperatorShell(c, o, Queue())
	return door.Show(c, http.StatusOK, CancelJobPage(shell, c.Param("id")))
}

// CancelJob deletes a job.
func (f Feature) CancelJob(c echo.Context, o tenancy.Operator) error {
	if err := f.deps.Desk.CancelJob(c.Request().Context(), o, c.Param("id")); err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(queue, jobDeleted))
}

func (f Feature) job(c echo.Context, j jobs.Job) Job {
	shown := Job{
		ID: j.ID, Kind: j.Kind, State: string(j.State), Attempts: j.Attempts, Holder: j.Holder,
		Created: j.Created, Error: j.Error,
	}
	switch j.State {
	case jobs.Due:
		shown.At = j.Due
	case jobs.Leased:
		shown.At = j.Until
	}
	if !j.Tenant.IsZero() {
		shown.Tenant = j.Tenant.String()
		if slug, err := f.deps.Names.SlugOf(c.Request().Context(), j.Tenant); err == nil {
			shown.Tenant = slug.String()
		}
	}
	return shown
}
