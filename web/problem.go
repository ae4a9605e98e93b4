package web

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/web/view"
)

// problem is the body of a refusal to a program: RFC 9457 problem details with two members of our own.
type problem struct {
	Type      string  `json:"type" doc:"Always about:blank: code says which problem it is." example:"about:blank"`
	Title     string  `json:"title" doc:"The status in words." example:"Forbidden"`
	Status    int     `json:"status" doc:"The HTTP status." example:"403"`
	Detail    string  `json:"detail" doc:"A sentence for people."`
	Code      string  `json:"code" doc:"Which problem it is. Stable: programs may rely on it." example:"tenant_denied"`
	RequestID string  `json:"requestId" doc:"What to quote when asking for help."`
	Errors    []fault `json:"errors,omitempty" doc:"Which values cannot be accepted, and why."`
}

// fault is one value that cannot be accepted. It does not repeat the value, which may be a secret.
type fault struct {
	Location string `json:"location,omitempty" doc:"Where the value stands." example:"body.role"`
	Message  string `json:"message" doc:"What is wrong with it."`
}

const problemType = "application/problem+json"

// problem is an error with a status, which is how huma takes it.

func (p *problem) Error() string             { return p.Detail }
func (p *problem) GetStatus() int            { return p.Status }
func (p *problem) ContentType(string) string { return problemType }
func (p *problem) GetHeaders() http.Header   { return refusalHeaders(p.Status) }

// refusalHeaders returns what HTTP wants beside some statuses.
func refusalHeaders(status int) http.Header {
	switch status {
	case http.StatusUnauthorized:
		return http.Header{"Www-Authenticate": {`Bearer realm="bulkhead"`}}
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return http.Header{"Retry-After": {"5"}}
	}
	return nil
}

// report notes on the visit what became of err and returns what to tell the client.
func report(ctx context.Context, err error) (r refusal, requestID string) {
	r = refuse(err)
	return r, note(ctx, r, err)
}

// note keeps for the log what the client is told and, where that is our fault, why. It returns the request id.
func note(ctx context.Context, r refusal, cause error) (requestID string) {
	v, ok := visitOf(ctx)
	if !ok {
		return ""
	}
	v.code = r.code
	if r.status >= http.StatusInternalServerError && !errors.Is(cause, context.Canceled) { // who went away is no fault
		v.cause = cause
	}
	return v.id
}

// newProblem turns err into what a program is told.
func newProblem(ctx context.Context, err error) *problem {
	r, id := report(ctx, err)
	return r.problem(id)
}

func (r refusal) problem(requestID string) *problem {
	return &problem{
		Type:      "about:blank",
		Title:     http.StatusText(r.status),
		Status:    r.status,
		Detail:    r.sentence,
		Code:      r.code,
		RequestID: requestID,
	}
}

// fail answers with err: with problem details where a program asks, with a page where a person does. Someone whose page
// needs a session and who has none is led to the sign-in page.
func (s *site) fail(err error, c echo.Context) {
	ctx := context.WithoutCancel(c.Request().Context()) // saying that time ran out takes a little more of it
	if c.Response().Committed {
		report(ctx, err)
		return
	}
	if s.leadToSignIn(c, err) {
		return
	}
	r, id := report(ctx, err)
	maps.Copy(c.Response().Header(), refusalHeaders(r.status))
	if wantsProblem(c.Request()) {
		if err := s.send(c, r.status, problemType, r.problem(id)); err != nil {
			report(ctx, err)
		}
		return
	}
	failure := view.Failure{Status: r.status, What: r.sentence, RequestID: id}
	if v, ok := visitOf(ctx); ok && v.tenant != nil {
		w := workspaceView(*v.tenant)
		failure.Workspace = &w
	}
	var page bytes.Buffer
	if err := view.FailurePage(failure).Render(ctx, &page); err != nil {
		report(ctx, errors.Join(err, c.NoContent(r.status)))
		return
	}
	if err := c.HTMLBlob(r.status, page.Bytes()); err != nil {
		report(ctx, err)
	}
}

// wantsProblem reports whether a program asks: the API, our own scripts, or a client that prefers JSON.
func wantsProblem(r *http.Request) bool {
	return isAPI(r) || isHTMX(r) || sendsJSON(r) || strings.HasPrefix(r.Header.Get("Accept"), "application/json")
}

func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }
