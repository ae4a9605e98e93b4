package signin

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/signinform"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// factorPath is the address at which a sign-in goes on that needs a second factor.
func factorPath(slug tenant.Slug) string { return door.Address(slug, "sign-in", "second-factor") }

// onward leads to the second step of a sign-in whose first factor is right, if err says so. ok is
// false if it says something else.
func (f Feature) onward(c echo.Context, t tenant.Tenant, next string, err error) (ok bool, _ error) {
	need, ok := errors.AsType[*mfa.FactorNeeded](err)
	if !ok {
		return false, nil
	}
	if err := f.sessions.KeepPending(c, t, need.Kept, mfa.FactorLife); err != nil {
		return true, err
	}
	return true, door.Redirect(c, factorPath(t.Slug)+signinform.NextQuery(next))
}

// AskFactor asks for the second factor of a sign-in, or has one set up.
func (f Feature) AskFactor(c echo.Context) error {
	t, err := f.sessions.Tenant(c)
	if err != nil {
		return err
	}
	return f.showFactor(c, t, http.StatusOK, door.ReturnPath(c, t.Slug, c.QueryParam("next")), "")
}

func (f Feature) showFactor(c echo.Context, t tenant.Tenant, status int, next, sentence string) error {
	q, err := f.factors.Question(c.Request().Context(), t, f.sessions.Pending(c, t.Slug))
	if errors.Is(err, mfa.ErrPending) {
		f.sessions.DropPending(c, t.Slug)
		return door.Redirect(c, door.WithNotice(door.SignInPath(t.Slug), factorOver))
	}
	if err != nil {
		return err
	}
	return door.Show(c, status, FactorPage(Factor{
		Workspace: door.Workspace(t), Email: q.Email, IsSet: q.IsSet, Forms: signinform.FactorForms(q, factorPath(t.Slug), next, sentence),
	}))
}

// ProveFactor takes the second factor of a sign-in, and begins the session.
func (f Feature) ProveFactor(c echo.Context) error {
	t, err := f.sessions.Tenant(c)
	if err != nil {
		return err
	}
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	next := door.ReturnPath(c, t.Slug, form.Value("next"))
	var tokens sessioncookie.Tokens
	var codes []string
	if err = f.sessions.Attempt(ctx, t.ID); err == nil {
		tokens, codes, err = f.signIn.Prove(ctx, t, f.sessions.Pending(c, t.Slug), signinform.FactorAnswer(form))
	}
	switch {
	case errors.Is(err, mfa.ErrPending):
		f.sessions.DropPending(c, t.Slug)
		return door.Redirect(c, door.WithNotice(door.SignInPath(t.Slug), factorOver))
	case door.ForTheForm(err), signinform.IsFactor(err):
		r := door.Refuse(c, err)
		return f.showFactor(c, t, r.Status, next, r.Sentence)
	case err != nil:
		return err
	}
	f.sessions.DropPending(c, t.Slug)
	if err := f.sessions.Begin(c, t, tokens); err != nil {
		return err
	}
	to := cmp.Or(next, door.FirstPage(c, t.Slug))
	if codes != nil {
		return door.Show(c, http.StatusCreated, FactorCodesPage(FactorCodes{door.Workspace(t), strings.Join(codes, "\n"), to}))
	}
	return door.Redirect(c, to)
}

// withFactor goes on with an exchange over the API whose first factor is right: the second one
// comes with the same request. Without one it returns err. Nobody sets one up as they sign in over
// the API.
func (f Feature) withFactor(ctx context.Context, t tenant.Tenant, in *tokenInput, tokens sessioncookie.Tokens, err error) (sessioncookie.Tokens, error) {
	need, ok := errors.AsType[*mfa.FactorNeeded](err)
	b := in.Body
	if !ok || b.Code == "" && b.RecoveryCode == "" {
		return tokens, err
	}
	if !need.IsSet {
		return tokens, errNoFactor
	}
	if b.Code != "" && b.RecoveryCode != "" {
		return tokens, errCredential
	}
	tokens, _, err = f.signIn.Prove(ctx, t, need.Kept, mfa.FactorAnswer{Code: b.Code, Recovery: b.RecoveryCode})
	return tokens, err
}

// Factor is the page on which a second factor is proven or set up.
type Factor struct {
	Workspace view.Workspace
	Email     string
	IsSet     bool
	Forms     view.FactorForms
}

// FactorCodes is the page that shows recovery codes.
type FactorCodes struct {
	Workspace view.Workspace
	Text      string
	To        string // where to go on
}
