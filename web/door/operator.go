package door

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/browser"
	"github.com/bulkhead-saas/bulkhead/web/visit"
)

// OperatorSignIn is the address at which operators sign in.
const OperatorSignIn = "/operator/sign-in"

// enterOperator is the policy of the operators' pages: it authenticates the browser's session as an
// operator's. browser.ErrNoSession, browser.ErrSessionOver, browser.ErrTwoSessions, and what
// tenancy refuses with.
func (d *Door) enterOperator(c echo.Context, route Route) (tenancy.Operator, error) {
	a := &attempt{ctx: c.Request().Context(), request: c.Request(), route: route}
	if err := d.enter(a); err != nil {
		return tenancy.Operator{}, err
	}
	if a.renewed != a.session {
		if err := d.browsers.KeepOperator(c, a.renewed); err != nil {
			return tenancy.Operator{}, err
		}
	}
	return a.operator, nil
}

// OperatorSessions begins and ends operators' sessions. Only the pages where they sign in hold one.
type OperatorSessions struct {
	browser.OperatorSessions
	door *Door
}

// OperatorSessions returns what begins and ends operators' sessions.
func (d *Door) OperatorSessions() OperatorSessions {
	return OperatorSessions{d.browsers.OperatorSessions(), d}
}

// Attempt counts an attempt to sign in as an operator, by whomever. Too many become 429.
func (s OperatorSessions) Attempt(ctx context.Context) error {
	return s.door.limiter.signIn(visit.AddressOf(ctx), tenant.ID{})
}
