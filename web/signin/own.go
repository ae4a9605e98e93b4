package signin

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/logins"
	"github.com/bulkhead-saas/bulkhead/internal/mfa"
	"github.com/bulkhead-saas/bulkhead/internal/secondfactor"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/signinform"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// own is the address of a person's second factors.
func own(slug tenant.Slug, more ...string) string {
	return door.Address(slug, append([]string{"second-factor"}, more...)...)
}

// OwnFactors is the page of a person's second factors.
type OwnFactors struct {
	mfa.MyFactors
	Error string // one sentence about what was just tried, or empty
}

// SetUp is the page on which a person sets a second factor up.
type SetUp struct {
	Forms view.FactorForms
}

// Factors shows the caller's second factors.
func (f Feature) Factors(c echo.Context, g vending.Grant) error {
	return f.showOwn(c, g, http.StatusOK, "")
}

func (f Feature) showOwn(c echo.Context, g vending.Grant, status int, sentence string) error {
	mine, err := f.factors.OwnFactors(c.Request().Context(), g)
	if err != nil {
		return err
	}
	return door.Show(c, status, OwnFactorsPage(door.Shell(c, g, section()), OwnFactors{mine, sentence}))
}

// ownAgain shows the caller's second factors with a sentence about err, or returns err if it is
// none for the page.
func (f Feature) ownAgain(c echo.Context, g vending.Grant, err error) error {
	for _, known := range []error{
		mfa.ErrUnproven, mfa.ErrLastFactor, secondfactor.ErrSetUp, secondfactor.ErrNotSetUp, secondfactor.ErrTooMany,
	} {
		if errors.Is(err, known) {
			r := door.Refuse(c, err)
			return f.showOwn(c, g, r.Status, r.Sentence)
		}
	}
	return err
}

// BeginApp shows what to set an app up with.
func (f Feature) BeginApp(c echo.Context, g vending.Grant) error {
	return f.showApp(c, g, http.StatusOK, "")
}

func (f Feature) showApp(c echo.Context, g vending.Grant, status int, sentence string) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	a, err := f.factors.BeginApp(c.Request().Context(), g)
	if err != nil {
		return f.ownAgain(c, g, err)
	}
	return door.Show(c, status, SetUpPage(door.Shell(c, g, section()), SetUp{view.FactorForms{
		Action: own(slug, "app"), Error: sentence, App: signinform.AppForm(&a),
	}}))
}

// BeginPasskey shows what to set a passkey up with.
func (f Feature) BeginPasskey(c echo.Context, g vending.Grant) error {
	return f.showPasskey(c, g, http.StatusOK, "")
}

func (f Feature) showPasskey(c echo.Context, g vending.Grant, status int, sentence string) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	p, err := f.factors.BeginPasskey(c.Request().Context(), g)
	if err != nil {
		return f.ownAgain(c, g, err)
	}
	return door.Show(c, status, SetUpPage(door.Shell(c, g, section()), SetUp{view.FactorForms{
		Action: own(slug, "passkeys"), Error: sentence, Passkey: signinform.PasskeyForm(&p, true),
	}}))
}

// AddApp sets an app up.
func (f Feature) AddApp(c echo.Context, g vending.Grant) error { return f.add(c, g, f.showApp) }

// AddPasskey sets a passkey up.
func (f Feature) AddPasskey(c echo.Context, g vending.Grant) error {
	return f.add(c, g, f.showPasskey)
}

func (f Feature) add(c echo.Context, g vending.Grant, again func(echo.Context, vending.Grant, int, string) error) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	codes, err := f.factors.AddFactor(c.Request().Context(), g, signinform.FactorAnswer(form))
	switch {
	case signinform.IsFactor(err), errors.Is(err, mfa.ErrPending):
		r := door.Refuse(c, err)
		return again(c, g, r.Status, r.Sentence)
	case err != nil:
		return f.ownAgain(c, g, err)
	case codes != nil:
		return f.showCodes(c, g, codes)
	}
	return door.Redirect(c, door.WithNotice(own(slug), factorAdded))
}

func (f Feature) showCodes(c echo.Context, g vending.Grant, codes []string) error {
	return door.Show(c, http.StatusCreated, OwnCodesPage(door.Shell(c, g, section()), strings.Join(codes, "\n")))
}

// NewCodes makes the caller's recovery codes anew.
func (f Feature) NewCodes(c echo.Context, g vending.Grant) error {
	codes, err := f.factors.NewRecoveryCodes(c.Request().Context(), g)
	if err != nil {
		return f.ownAgain(c, g, err)
	}
	return f.showCodes(c, g, codes)
}

// RemoveApp takes the caller's app away.
func (f Feature) RemoveApp(c echo.Context, g vending.Grant) error {
	return f.removed(c, g, f.factors.RemoveApp(c.Request().Context(), g))
}

// RemovePasskey takes a passkey of the caller's away.
func (f Feature) RemovePasskey(c echo.Context, g vending.Grant) error {
	err := f.factors.RemovePasskey(c.Request().Context(), g, c.Param("id"))
	if errors.Is(err, secondfactor.ErrNotSetUp) { // nothing stands at this address
		return logins.ErrNotFound
	}
	return f.removed(c, g, err)
}

func (f Feature) removed(c echo.Context, g vending.Grant, err error) error {
	slug, bad := door.PathSlug(c)
	if bad != nil {
		return bad
	}
	if err != nil {
		return f.ownAgain(c, g, err)
	}
	return door.Redirect(c, door.WithNotice(own(slug), factorRemoved))
}
