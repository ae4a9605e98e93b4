package visit

import (
	"context"
	"crypto/rand"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Visit is what is learnt about a request on its way.
type Visit struct {
	ID       string
	Address  string             // of the client
	Agent    string             // its User-Agent
	Caller   *tenancy.Principal // nil until the caller is authenticated
	Operator *tenancy.Operator  // nil unless the caller is one
	Tenant   *tenant.Tenant     // the workspace whose page it is; nil for the API, and until the caller is authenticated
	Code     string             // of the refusal, when there was one
	Cause    error              // what the client is not told
}

type visitKey struct{}

// Begin begins the visit of a request. It gives the request an identifier of our own making: one
// that a client sends could be anything. The ledger and the answer name it.
func Begin(c echo.Context) {
	v := &Visit{ID: rand.Text(), Address: c.RealIP(), Agent: c.Request().UserAgent()}
	r := c.Request()
	ctx := context.WithValue(r.Context(), visitKey{}, v)
	ctx = ledger.WithRequest(ctx, ledger.RequestInfo{ID: v.ID, Route: r.Method + " " + c.Path()})
	c.SetRequest(r.WithContext(ctx))
	c.Response().Header().Set("X-Request-Id", v.ID)
}

// Of returns the visit that ctx belongs to. ok is false outside a request.
func Of(ctx context.Context) (v *Visit, ok bool) {
	v, ok = ctx.Value(visitKey{}).(*Visit)
	return v, ok
}

// AddressOf returns the client's address; "" outside a request.
func AddressOf(ctx context.Context) string {
	if v, ok := Of(ctx); ok {
		return v.Address
	}
	return ""
}
