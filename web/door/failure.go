package door

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/browser"
	"github.com/bulkhead-saas/bulkhead/web/view"
	"github.com/bulkhead-saas/bulkhead/web/visit"
)

// answerTime bounds what an answer of refusal may take.
const answerTime = 5 * time.Second

// fail answers with err: with problem details where a program asks, with a page where a person
// does. Someone whose page needs a session and who has none is led to the sign-in page.
func (t *Table) fail(err error, c echo.Context) {
	// To say that time ran out takes a little more of it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), answerTime)
	defer cancel()
	if c.Response().Committed {
		refuse(ctx, err)
		return
	}
	if t.leadToSignIn(c, err) || t.leadToProof(c, err) {
		return
	}
	r, id := refuse(ctx, err)
	maps.Copy(c.Response().Header(), refusalHeaders(r.Status, r.Code, retryAfter(err)))
	if wantsProblem(c.Request()) || t.routeOf(c).Policy == Platform {
		if err := sendJSON(c, r.Status, api.ProblemType, r.problem(t.door.origin, id)); err != nil {
			refuse(ctx, err)
		}
		return
	}
	failure := view.Failure{Status: r.Status, What: r.Sentence, RequestID: id}
	if v, ok := visit.Of(ctx); ok && v.Tenant != nil {
		w := Workspace(*v.Tenant)
		first := t.firstSection(Session)
		failure.Workspace, failure.First = &w, &first
	}
	var page bytes.Buffer
	if err := view.FailurePage(failure).Render(ctx, &page); err != nil {
		refuse(ctx, errors.Join(err, empty(c, r.Status)))
		return
	}
	if err := html(c, r.Status, page.Bytes()); err != nil {
		refuse(ctx, err)
	}
}

// leadToSignIn answers a browser that has no session for a page that needs one, and reports whether
// it did. Scripts that send JSON are told 401 instead: they would take the sign-in page for their
// answer.
func (t *Table) leadToSignIn(c echo.Context, err error) bool {
	over := errors.Is(err, browser.ErrSessionOver)
	if !over && !errors.Is(err, browser.ErrNoSession) {
		return false
	}
	r := c.Request()
	cookie, to := browser.OperatorCookie, OperatorSignIn
	switch {
	case t.routeOf(c).Policy != Operators:
		slug, err := PathSlug(c)
		if err != nil {
			return false
		}
		notice := ""
		if over {
			notice = sessionOver
		}
		if (IsHTMX(r) || !wantsProblem(r)) && t.door.hold(c, slug, t.door.browsers.Whose(c, slug)) {
			notice = sessionOverKept
		}
		cookie, to = browser.CookieName(slug), t.signInURL(slug, formPage(r), notice)
	case over:
		to += "?notice=" + sessionOver
	}
	if over {
		browser.DropCookie(c, cookie)
	}
	refuse(r.Context(), err)
	if IsHTMX(r) {
		return load(c, http.StatusUnauthorized, to) == nil
	}
	if wantsProblem(r) {
		return false
	}
	return Redirect(c, to) == nil
}

// hold has the browser keep the form that it sent, for user: see browser.Store.Hold. It reports
// whether the form is kept.
func (d *Door) hold(c echo.Context, slug tenant.Slug, user tenant.UserID) bool {
	r := c.Request()
	if r.Method != http.MethodPost {
		return false
	}
	form, err := ReadForm(r)
	if err != nil || len(form) == 0 {
		return false
	}
	fields := map[string]string{}
	for name := range form {
		fields[name] = form.Value(name)
	}
	return d.browsers.Hold(c, slug, user, r.URL.Path, fields)
}

// wantsProblem reports whether a program asks: the API, our own scripts, or a client that prefers
// JSON.
func wantsProblem(r *http.Request) bool {
	return isAPI(r) || IsHTMX(r) || sendsJSON(r) || prefersJSON(r)
}

// isAPI reports whether the address is of the API, also if there is nothing at it.
func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

// retryAfter is when it makes sense to try again after err.
func retryAfter(err error) time.Duration {
	if limited, ok := errors.AsType[*tooManyError](err); ok {
		return limited.after
	}
	if errors.Is(err, identityplatform.ErrTooManyAttempts) {
		return 3 * time.Minute // Identity Platform says no more than "later"
	}
	return 5 * time.Second
}

// refusalHeaders returns what HTTP wants beside some statuses.
func refusalHeaders(status int, code string, after time.Duration) http.Header {
	if code == notFresh {
		return http.Header{"Www-Authenticate": {challenge}}
	}
	switch status {
	case http.StatusUnauthorized:
		return http.Header{"Www-Authenticate": {`Bearer realm="bulkhead"`}}
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return http.Header{"Retry-After": {strconv.Itoa(max(1, int(math.Ceil(after.Seconds()))))}}
	}
	return nil
}
