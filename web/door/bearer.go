package door

import (
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// tenantHeader selects the tenant of an API request.
const tenantHeader = "X-Tenantid" // in the canonical form that net/http keys headers by

// enterAPI is the policy of an API route: it selects the tenant that the header names,
// authenticates the bearer token for it, demands the permission, and vends.
//
//	errNoBearer          not exactly one bearer token
//	tenant.ErrInvalid   not exactly one well-formed tenant in the header
//	errForbidden         the caller's role does not have the permission
//
// and what tenancy and vending refuse with.
//
// What is vended is counted first: call done at the request's end.
func (d *Door) enterAPI(c echo.Context, route Route) (_ vending.Grant, done func(), err error) {
	a := &attempt{ctx: c.Request().Context(), request: c.Request(), route: route}
	err = d.enter(a)
	d.showRoom(c, a)
	if err != nil {
		return vending.Grant{}, nil, d.refused(a.ctx, err)
	}
	d.usage.NoteKey(a.ctx, a.grant)
	return a.grant, a.done, nil
}

// showRoom tells an authenticated caller how many requests are left to them
// (draft-ietf-httpapi-ratelimit-headers-03, whose three headers clients know).
func (d *Door) showRoom(c echo.Context, a *attempt) {
	if a.principal == (tenancy.Principal{}) {
		return
	}
	r, h := d.limiter.roomOf(a.principal.Tenant(), a.principal.User().String()), c.Response().Header()
	h.Set("RateLimit-Limit", strconv.Itoa(r.limit))
	h.Set("RateLimit-Remaining", strconv.Itoa(r.left))
	h.Set("RateLimit-Reset", strconv.Itoa(int(math.Ceil(r.full.Seconds()))))
}

// headerTenant returns the tenant that the header or the host selects, if it is served. It says
// nothing about the caller.
func (d *Door) headerTenant(c echo.Context) (tenant.Tenant, error) {
	selector, err := d.selector(c.Request())
	if err != nil {
		return tenant.Tenant{}, err
	}
	return d.config.Authenticator.Tenant(c.Request().Context(), selector)
}

// bearerToken returns the request's one bearer token. Two headers are none: which of them counts
// would be a guess.
func bearerToken(r *http.Request) (string, error) {
	values := r.Header["Authorization"]
	if len(values) != 1 {
		return "", errNoBearer
	}
	scheme, token, ok := strings.Cut(values[0], " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" || strings.ContainsAny(token, " ,\t") {
		return "", errNoBearer
	}
	return token, nil
}
