package settings

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// AskNewIssuer asks for an issuer of API bearers.
func (f Feature) AskNewIssuer(c echo.Context, g vending.Grant) error {
	return f.newIssuer(c, g, http.StatusOK, NewIssuer{})
}

func (f Feature) newIssuer(c echo.Context, g vending.Grant, status int, v NewIssuer) error {
	p, err := f.settings.Read(c.Request().Context(), g)
	if err != nil {
		return err
	}
	v.Version = versionOf(p)
	return door.Show(c, status, NewIssuerPage(door.Shell(c, g, Section()), v))
}

// AddIssuer adds an issuer of API bearers.
func (f Feature) AddIssuer(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	form, version, err := versioned(c)
	if err != nil {
		return err
	}
	v := NewIssuer{
		Name: strings.TrimSpace(form.Value("name")), Issuer: strings.TrimSpace(form.Value("issuer")),
		JWKS: strings.TrimSpace(form.Value("jwks")), Audience: strings.TrimSpace(form.Value("audience")),
		Clients: form.Value("clients"), Scopes: form.Value("scopes"), People: form.Value("who") == "people",
	}
	scopes, err := mapping(v.Scopes)
	if err == nil {
		err = f.settings.AddIssuer(c.Request().Context(), g, version, authsettings.NewIssuer{
			Name: v.Name, Issuer: v.Issuer, JWKS: v.JWKS, Audience: v.Audience, Clients: words(v.Clients), Scopes: scopes, People: v.People,
		})
	}
	if forThePage(err) {
		r := door.Refuse(c, err)
		v.Problem = r.Sentence
		return f.newIssuer(c, g, r.Status, v)
	}
	if err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(door.Address(slug, "settings", "sign-in"), saved))
}

// issuer returns the issuer that the address names.
func (f Feature) issuer(c echo.Context, g vending.Grant) (authpolicy.Issuer, error) {
	return f.issuerOf(c.Request().Context(), g, c.Param("id"))
}

func parseIssuerID(s string) (string, error) {
	if !authsettings.IsIssuerID(s) {
		return "", errors.New("not an issuer's identifier")
	}
	return s, nil
}

// AskRemoveIssuer asks whether to remove an issuer.
func (f Feature) AskRemoveIssuer(c echo.Context, g vending.Grant) error {
	i, err := f.issuer(c, g)
	if err != nil {
		return err
	}
	return f.ask(c, g, Confirm{
		Title: "Remove this issuer?",
		What:  []string{"Programs with access tokens of " + i.Name + " open nothing here any more, within five seconds."},
		Do:    "Remove", Keep: "Keep it", Danger: true,
	}, []string{"issuers", issuerID(i.Issuer), "remove"}, nil)
}

// RemoveIssuer removes an issuer.
func (f Feature) RemoveIssuer(c echo.Context, g vending.Grant) error {
	i, err := f.issuer(c, g)
	if err != nil {
		return err
	}
	return f.act(c, g, "", func(_ door.Form, version int64) (string, error) {
		return removed, f.settings.RemoveIssuer(c.Request().Context(), g, version, issuerID(i.Issuer))
	})
}
