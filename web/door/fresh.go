package door

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/sessioncookie"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/visit"
)

// judgeFresh refuses a sensitive change by somebody who has not proven lately who they are. A
// browser's session says when its person last did; over the API it is the sign-in that counts. A
// program has no person to ask.
func (d *Door) judgeFresh(a *attempt) error {
	if !a.route.Fresh || (sessioncookie.Session{Proved: a.proved}).IsFresh(d.config.Now()) {
		return nil
	}
	return errNotFresh
}

// challenge is what HTTP says beside errNotFresh: RFC 9470, section 3. A program signs in again.
const challenge = `Bearer realm="bulkhead", error="insufficient_user_authentication", max_age="600"`

// leadToProof answers a browser whose person must prove who they are, and reports whether it did.
func (t *Table) leadToProof(c echo.Context, err error) bool {
	if !errors.Is(err, errNotFresh) {
		return false
	}
	r := c.Request()
	slug, slugErr := PathSlug(c)
	if slugErr != nil || !IsHTMX(r) && wantsProblem(r) {
		return false
	}
	refuse(r.Context(), err)
	v, ok := visit.Of(r.Context())
	if ok && v.Caller != nil {
		t.door.hold(c, slug, v.Caller.User())
	}
	to := ProvePath(slug)
	if next := t.LocalPath(slug, formPage(r)); next != "" {
		to += "?" + url.Values{"next": {next}}.Encode()
	}
	if IsHTMX(r) {
		return load(c, http.StatusUnauthorized, to) == nil
	}
	return Redirect(c, to) == nil
}

// ProvePath is the address at which people prove again who they are.
func ProvePath(slug tenant.Slug) string { return Address(slug, "prove") }
