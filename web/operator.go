package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

const (
	operatorHome   = "/operator"
	operatorSignIn = "/operator/sign-in"
)

// operatorHandler answers a request of an operator. No Grant comes with it: an operator touches no tenant's data.
type operatorHandler func(c echo.Context, o tenancy.Operator) error

// enterOperator is the policy of the operators' pages: it authenticates the browser's session as an operator's.
// errNoSession, errSessionOver, errTwoSessions, and what tenancy refuses with.
func (s *site) enterOperator(c echo.Context) (tenancy.Operator, error) {
	sealed, err := readCookie(c.Request(), operatorCookie)
	if err != nil {
		return tenancy.Operator{}, err
	}
	before, err := s.Sessions.OpenOperator(sealed)
	if err != nil {
		return tenancy.Operator{}, fmt.Errorf("%w: %w", errSessionOver, err)
	}
	after, o, err := s.authenticateOperator(c.Request().Context(), before, time.Now())
	if err != nil {
		return tenancy.Operator{}, err
	}
	if v, ok := visitOf(c.Request().Context()); ok {
		v.operator = &o
	}
	if after != before {
		err = s.keepOperatorSession(c, after)
	}
	return o, err
}

// authenticateOperator is authenticate for an operator's session, which is shorter.
func (s *site) authenticateOperator(ctx context.Context, session identity.Session, now time.Time) (identity.Session, tenancy.Operator, error) {
	if now.Sub(session.Created) > tenancy.OperatorSession || now.Sub(session.Seen) > operatorIdle {
		return session, tenancy.Operator{}, errSessionOver
	}
	if now.Sub(session.Seen) > noteEvery {
		session.Seen = now
	}
	if session.Expires.Sub(now) <= refreshBefore {
		tokens, err := s.Identity.RefreshOperator(ctx, session.Refresh)
		switch {
		case errors.Is(err, identity.ErrUnavailable), errors.Is(err, tenancy.ErrUnavailable):
			return session, tenancy.Operator{}, err
		case err != nil:
			return session, tenancy.Operator{}, fmt.Errorf("%w: %w", errSessionOver, err)
		}
		session.Tokens = tokens
	}
	o, err := s.Operators.Authenticate(ctx, session.ID)
	if errors.Is(err, tenancy.ErrUnauthenticated) {
		err = fmt.Errorf("%w: %w", errSessionOver, err)
	}
	return session, o, err
}

func (s *site) keepOperatorSession(c echo.Context, session identity.Session) error {
	sealed, err := s.Sessions.SealOperator(session)
	if err != nil {
		return fmt.Errorf("web: seal session: %w", err)
	}
	return writeCookie(c, operatorCookie, sealed, session.Created.Add(tenancy.OperatorSession))
}

func (s *site) operatorSignInPage(c echo.Context) error {
	return s.show(c, http.StatusOK, view.OperatorSignInPage(view.OperatorSignIn{Notice: noticeOf(c.QueryParam("notice")).Text}))
}

func (s *site) operatorSignIn(c echo.Context) error {
	f, err := readForm(c.Request())
	if err != nil {
		return err
	}
	email, password := f.value("email"), f.value("password")
	var tokens identity.Tokens
	if err = errIncomplete; email != "" && password != "" {
		tokens, err = s.Identity.SignInOperator(c.Request().Context(), email, password)
	}
	if refusedSignIn(err) {
		r, _ := report(c.Request().Context(), err)
		return s.show(c, r.status, view.OperatorSignInPage(view.OperatorSignIn{Email: email, Error: r.sentence}))
	}
	if err != nil {
		return err
	}
	now := time.Now()
	if err := s.keepOperatorSession(c, identity.Session{Tokens: tokens, Created: now, Seen: now}); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, operatorHome)
}

// operatorSignOut ends all of the operator's sessions, and has the browser forget its own. It works without one.
func (s *site) operatorSignOut(c echo.Context) error {
	dropCookie(c, operatorCookie)
	if o, err := s.enterOperator(c); err == nil {
		dropCookie(c, operatorCookie) // a session that was just renewed, too
		if err := s.Operators.SignOut(c.Request().Context(), o); err != nil {
			return err
		}
	}
	return c.Redirect(http.StatusSeeOther, operatorSignIn+"?notice="+signedOut)
}

// operatorShell is the frame of an operator's page.
func operatorShell(c echo.Context, o tenancy.Operator, section string) view.OperatorShell {
	return view.OperatorShell{Email: o.Email(), Section: section, Notice: noticeOf(c.QueryParam("notice"))}
}

// isOperators reports whether an address is among the operators' pages.
func isOperators(r *http.Request) bool {
	return r.URL.Path == operatorHome || strings.HasPrefix(r.URL.Path, operatorHome+"/")
}
