package console

import (
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func (c *console) jobs(*http.Request) (sheet, error) { return sheet{Data: c.Scheduler.Jobs()}, nil }

// runJob runs the job that a form names, and leads back to it.
func (c *console) runJob(w http.ResponseWriter, r *http.Request) {
	name := r.PostFormValue("name")
	switch _, err := c.Scheduler.Run(name); status.Code(err) {
	case codes.OK:
		http.Redirect(w, r, jobURL(name), http.StatusSeeOther)
	case codes.NotFound:
		http.Error(w, "There is no such job. It may have been deleted.", http.StatusNotFound)
	case codes.ResourceExhausted:
		http.Error(w, "The job has too many executions under way.", http.StatusTooManyRequests)
	default:
		c.Logger.ErrorContext(r.Context(), "local cloud: console", "job", name, "err", err)
		http.Error(w, "The job could not be run; the log says why.", http.StatusInternalServerError)
	}
}
