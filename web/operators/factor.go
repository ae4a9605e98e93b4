package operators

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/signinform"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

const factorPath = door.OperatorSignIn + "/second-factor"

// Factor is the page on which an operator proves a second factor, or sets one up.
type Factor struct {
	Email string
	IsSet bool
	Forms view.FactorForms
}

// AskFactor asks an operator for the second factor, or has one set up.
func (f Feature) AskFactor(c echo.Context) error { return f.showFactor(c, http.StatusOK, "") }

func (f Feature) showFactor(c echo.Context, status int, sentence string) error {
	q, err := f.deps.SignIn.OperatorQuestion(c.Request().Context(), f.deps.Sessions.Pending(c))
	if errors.Is(err, mfa.ErrPending) {
		return f.beginAgain(c)
	}
	if err != nil {
		return err
	}
	return door.Show(c, status, FactorPage(Factor{q.Email, q.IsSet, signinform.FactorForms(q, factorPath, "", sentence)}))
}

func (f Feature) beginAgain(c echo.Context) error {
	f.deps.Sessions.DropPending(c)
	return door.Redirect(c, door.WithNotice(door.OperatorSignIn, factorOver))
}

// ProveFactor takes an operator's second factor, and begins the session.
func (f Feature) ProveFactor(c echo.Context) error {
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	var tokens sessioncookie.Tokens
	var codes []string
	if err = f.deps.Sessions.Attempt(ctx); err == nil {
		tokens, codes, err = f.deps.SignIn.ProveOperator(ctx, f.deps.Sessions.Pending(c), signinform.FactorAnswer(form))
	}
	switch {
	case errors.Is(err, mfa.ErrPending), errors.Is(err, sessioncookie.ErrExpired):
		return f.beginAgain(c)
	case door.ForTheForm(err), signinform.IsFactor(err):
		r := door.Refuse(c, err)
		return f.showFactor(c, r.Status, r.Sentence)
	case err != nil:
		return err
	}
	f.deps.Sessions.DropPending(c)
	if err := f.deps.Sessions.Begin(c, tokens); err != nil {
		return err
	}
	if codes != nil {
		return door.Show(c, http.StatusCreated, FactorCodesPage(strings.Join(codes, "\n")))
	}
	return door.Redirect(c, home)
}
