package signin

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Depart begins a sign-in at one of the workspace's providers, and leads there.
func (f Feature) Depart(c echo.Context) error {
	t, err := f.sessions.Tenant(c)
	if err != nil {
		return err
	}
	id, err := door.ParseID(c.Param("id"), authpolicy.ParseProviderID, "a provider")
	if err != nil {
		return err
	}
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := f.sessions.Attempt(ctx, t.ID); err != nil {
		return err
	}
	why, next := federation.Reason(cmp.Or(form.Value("reason"), string(federation.ToSignIn))), form.Value("next")
	var by tenancy.Principal
	if why != federation.ToSignIn {
		var ok bool
		if by, ok = f.sessions.Caller(c, t.Slug); !ok {
			return door.Redirect(c, door.SignInPath(t.Slug))
		}
	}
	d, err := f.federation.Depart(ctx, t, id, why, by, door.ReturnPath(c, t.Slug, next))
	if err != nil {
		return err
	}
	if err := f.sessions.KeepFlow(c, t.Slug, d.Flow, federation.FlowLife); err != nil {
		return err
	}
	return door.LeadOut(c, d.URL, LeadPage(Lead{door.Workspace(t), d.Provider.Name, d.URL}))
}

// Callback is where every provider sends people back to. It finds the workspace in which the
// sign-in began, and leads on to it. Whether this browser began it is judged there.
func (f Feature) Callback(c echo.Context) error {
	answer, err := answerIn(c)
	if err != nil {
		return err
	}
	t, err := f.federation.Returning(c.Request().Context(), answer.State)
	if err != nil {
		return err
	}
	q := url.Values{"state": {answer.State}}
	for name, value := range map[string]string{"code": answer.Code, "error": answer.Error, "iss": answer.Issuer} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return door.Redirect(c, finish(t.Slug)+"?"+q.Encode())
}

// finish is the address at which a sign-in at a provider ends.
func finish(slug tenant.Slug) string { return door.Address(slug, "sign-in", "callback") }

const maxAnswer = 4096 // bytes of one value that a provider sends

// answerIn returns the answer of a provider in an address. federation.ErrFlow for one that says
// something twice (RFC 6749, section 3.1) or too much.
func answerIn(c echo.Context) (federation.Answer, error) {
	q := c.QueryParams()
	for _, name := range []string{"state", "code", "error", "iss"} {
		if len(q[name]) > 1 || len(q.Get(name)) > maxAnswer {
			return federation.Answer{}, federation.ErrFlow
		}
	}
	return federation.Answer{State: q.Get("state"), Code: q.Get("code"), Error: q.Get("error"), Issuer: q.Get("iss")}, nil
}

// Arrive ends a sign-in at a provider: it begins a session, shows what a test has shown, or
// connects the provider.
func (f Feature) Arrive(c echo.Context) error {
	t, err := f.sessions.Tenant(c)
	if err != nil {
		return err
	}
	kept := f.sessions.TakeFlow(c, t.Slug)
	ctx := c.Request().Context()
	by, _ := f.sessions.Caller(c, t.Slug)
	answer, err := answerIn(c)
	if err == nil {
		err = f.sessions.Attempt(ctx, t.ID)
	}
	var out federation.Outcome
	var id authpolicy.ProviderID
	if err == nil {
		out, id, err = f.federation.Arrive(ctx, t, answer, kept, by)
	}
	if err != nil {
		return f.failed(c, t, id, by, err)
	}
	switch out.Reason {
	case federation.ToConnect:
		return door.Redirect(c, door.WithNotice(methods(t.Slug), connected))
	case federation.ToProve:
		if err := f.sessions.Proved(c, t, by); err != nil {
			return err
		}
		return door.Redirect(c, f.sessions.Onward(c, t.Slug, door.ReturnPath(c, t.Slug, out.Next)))
	case federation.ToTest:
		return door.Show(c, http.StatusOK, TestedPage(Tested{
			door.Workspace(t), id.String(), out.Provider.Name, out.Provider.State == authpolicy.Enabled, out.Report,
		}))
	}
	return f.enter(c, t, out)
}

// enter begins the session of whoever has signed in at a provider. One that the browser has is
// replaced, and ends.
func (f Feature) enter(c echo.Context, t tenant.Tenant, out federation.Outcome) error {
	ctx := c.Request().Context()
	tokens, err := f.federation.Enter(ctx, t, out)
	if ok, err := f.onward(c, t, door.ReturnPath(c, t.Slug, out.Next), err); ok {
		return err
	}
	if err != nil {
		return f.failed(c, t, out.Provider.ID, tenancy.Principal{}, err)
	}
	if f.sessions.Replace(c, t, tokens) {
		if tokens, err = f.federation.Enter(ctx, t, out); err != nil {
			return err
		}
	}
	if err := f.sessions.Begin(c, t, tokens); err != nil {
		return err
	}
	return door.Redirect(c, f.sessions.Onward(c, t.Slug, door.ReturnPath(c, t.Slug, out.Next)))
}

// failed shows why a sign-in at a provider failed, and where to begin again. An admin is told more.
func (f Feature) failed(c echo.Context, t tenant.Tenant, id authpolicy.ProviderID, by tenancy.Principal, err error) error {
	r := door.Refuse(c, err)
	page := Failed{Workspace: door.Workspace(t), Sentence: r.Sentence, Provider: id.String()}
	if why, ok := errors.AsType[*federation.ProviderError](err); ok && by.Role() == tenant.Admin {
		page.Detail = why.Sentence
	}
	return door.Show(c, r.Status, FailedPage(page))
}
