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

func (f Feature) providerOf(g vending.Grant, o authpolicy.OIDC) Provider {
	return Provider{
		ID: o.ID.String(), Name: o.Name, Issuer: o.Issuer, ClientID: o.ClientID, State: string(o.State), First: string(o.First),
		Authorization: o.AuthorizationEndpoint, Token: o.TokenEndpoint, Keys: o.JWKS, Algorithms: strings.Join(o.Algorithms, ", "),
		GroupsClaim: o.GroupsClaim, Groups: mappingText(o.Groups), Health: f.health(g, o.Issuer),
	}
}

// provider returns the provider that the address names, before anything else is looked at.
func (f Feature) provider(c echo.Context, g vending.Grant) (authpolicy.OIDC, error) {
	id, err := door.ParseID(c.Param("id"), authpolicy.ParseProviderID, "a provider")
	if err != nil {
		return authpolicy.OIDC{}, err
	}
	return f.settings.Provider(c.Request().Context(), g, id)
}

// AskIssuer asks for the issuer of a new provider.
func (f Feature) AskIssuer(c echo.Context, g vending.Grant) error {
	return f.newProvider(c, g, http.StatusOK, NewProvider{})
}

func (f Feature) newProvider(c echo.Context, g vending.Grant, status int, v NewProvider) error {
	p, err := f.settings.Read(c.Request().Context(), g)
	if err != nil {
		return err
	}
	v.Version, v.Redirect = versionOf(p), f.redirect
	return door.Show(c, status, NewProviderPage(door.Shell(c, g, Section()), v))
}

// discover has v show what the provider says of itself. It returns the status of the page.
func (f Feature) discover(c echo.Context, g vending.Grant, v *NewProvider) (status int, err error) {
	d, err := f.settings.Discover(c.Request().Context(), g, v.Issuer)
	if forThePage(err) {
		r := door.Refuse(c, err)
		v.Problem = r.Sentence
		return r.Status, nil
	}
	v.Found = Discovery{d.AuthorizationEndpoint, d.TokenEndpoint, d.JWKS, strings.Join(d.Algorithms, ", "), d.PKCE}
	return http.StatusOK, err
}

// ShowDiscovery shows what the provider at an issuer says of itself, and asks for the client.
func (f Feature) ShowDiscovery(c echo.Context, g vending.Grant) error {
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	v := NewProvider{Issuer: strings.TrimSpace(form.Value("issuer")), Name: form.Value("name"), ClientID: form.Value("client-id")}
	status, err := f.discover(c, g, &v)
	if err != nil {
		return err
	}
	return f.newProvider(c, g, status, v)
}

// AddProvider adds a provider, and leads to its page.
func (f Feature) AddProvider(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	form, version, err := versioned(c)
	if err != nil {
		return err
	}
	v := NewProvider{
		Issuer: strings.TrimSpace(form.Value("issuer")), Name: strings.TrimSpace(form.Value("name")),
		ClientID: strings.TrimSpace(form.Value("client-id")),
	}
	made, err := f.settings.AddProvider(c.Request().Context(), g, version, authsettings.NewProvider{
		Issuer: v.Issuer, Name: v.Name, ClientID: v.ClientID, Secret: strings.TrimSpace(form.Value("secret")),
	})
	if forThePage(err) {
		r := door.Refuse(c, err)
		if _, err := f.discover(c, g, &v); err != nil {
			return err
		}
		v.Problem = r.Sentence
		return f.newProvider(c, g, r.Status, v)
	}
	if err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(door.Address(slug, "settings", "sign-in", "providers", made.ID.String()), added))
}

// ShowProvider shows one provider.
func (f Feature) ShowProvider(c echo.Context, g vending.Grant) error {
	o, err := f.provider(c, g)
	if err != nil {
		return err
	}
	return f.showProvider(c, g, http.StatusOK, o.ID, nil)
}

// showProvider shows one provider as it is now, around a sentence about err.
func (f Feature) showProvider(c echo.Context, g vending.Grant, status int, id authpolicy.ProviderID, problem error) error {
	p, err := f.settings.Read(c.Request().Context(), g)
	if err != nil {
		return err
	}
	o, ok := p.Provider(id)
	if !ok {
		return authsettings.ErrNotFound
	}
	v := OneProvider{Version: versionOf(p), Redirect: f.redirect, Provider: f.providerOf(g, o)}
	if problem != nil {
		r := door.Refuse(c, problem)
		v.Problem, status = r.Sentence, r.Status
	}
	return door.Show(c, status, ProviderPage(door.Shell(c, g, Section()), v))
}

// UpdateProvider changes a provider.
func (f Feature) UpdateProvider(c echo.Context, g vending.Grant) error {
	return f.actOnProvider(c, g, saved, func(o authpolicy.OIDC, form door.Form, version int64) error {
		groups, err := mapping(form.Value("groups"))
		if err != nil {
			return err
		}
		return f.settings.UpdateProvider(c.Request().Context(), g, version, o.ID, authsettings.ProviderChange{
			Name: strings.TrimSpace(form.Value("name")), ClientID: strings.TrimSpace(form.Value("client-id")),
			Secret: strings.TrimSpace(form.Value("secret")), First: authpolicy.First(form.Value("first")),
			GroupsClaim: strings.TrimSpace(form.Value("groups-claim")), Groups: groups,
		})
	})
}

// RereadProvider reads a provider's discovery again.
func (f Feature) RereadProvider(c echo.Context, g vending.Grant) error {
	return f.actOnProvider(c, g, reread, func(o authpolicy.OIDC, _ door.Form, version int64) error {
		return f.settings.RereadProvider(c.Request().Context(), g, version, o.ID)
	})
}

// EnableProvider lets people sign in at a provider. The page of a test that has just succeeded
// names no version: to enable what was tested is right whatever else was changed.
func (f Feature) EnableProvider(c echo.Context, g vending.Grant) error {
	return f.actOnProvider(c, g, enabled, func(o authpolicy.OIDC, _ door.Form, version int64) error {
		return f.settings.EnableProvider(c.Request().Context(), g, version, o.ID)
	})
}

// DisableProvider lets nobody sign in at a provider any more.
func (f Feature) DisableProvider(c echo.Context, g vending.Grant) error {
	return f.actOnProvider(c, g, disabled, func(o authpolicy.OIDC, _ door.Form, version int64) error {
		return f.settings.DisableProvider(c.Request().Context(), g, version, o.ID)
	})
}

// actOnProvider does something to the provider in the path, and leads to its page.
func (f Feature) actOnProvider(c echo.Context, g vending.Grant, notice string,
	do func(o authpolicy.OIDC, form door.Form, version int64) error,
) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	o, err := f.provider(c, g)
	if err != nil {
		return err
	}
	form, version, err := f.versionedOr(c, g, notice == enabled)
	if err != nil {
		return err
	}
	if err := do(o, form, version); forThePage(err) {
		return f.showProvider(c, g, http.StatusOK, o.ID, err)
	} else if err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(door.Address(slug, "settings", "sign-in", "providers", o.ID.String()), notice))
}

// versionedOr is versioned. Where a form needs no version, one without stands for the settings as
// they are now.
func (f Feature) versionedOr(c echo.Context, g vending.Grant, needless bool) (door.Form, int64, error) {
	form, version, err := versioned(c)
	if !needless || !errors.Is(err, errVersion) {
		return form, version, err
	}
	p, err := f.settings.Read(c.Request().Context(), g)
	if err != nil {
		return nil, 0, err
	}
	return door.Form{}, p.Version, nil
}

// RemoveProvider forgets a provider.
func (f Feature) RemoveProvider(c echo.Context, g vending.Grant) error {
	o, err := f.provider(c, g)
	if err != nil {
		return err
	}
	return f.act(c, g, "", func(_ door.Form, version int64) (string, error) {
		return removed, f.settings.RemoveProvider(c.Request().Context(), g, version, o.ID)
	})
}

// AskDisable asks whether to disable a provider.
func (f Feature) AskDisable(c echo.Context, g vending.Grant) error {
	o, err := f.provider(c, g)
	if err != nil {
		return err
	}
	return f.ask(c, g, Confirm{
		Title: "Disable this provider?",
		What: []string{
			o.Name + " leaves the sign-in page, and sessions that began there end within five seconds.",
			"It stays tested: you can enable it again at any time.",
		},
		Do: "Disable", Keep: "Keep it enabled",
	}, []string{"providers", o.ID.String(), "disable"}, []string{"providers", o.ID.String()})
}

// AskRemove asks whether to remove a provider.
func (f Feature) AskRemove(c echo.Context, g vending.Grant) error {
	o, err := f.provider(c, g)
	if err != nil {
		return err
	}
	return f.ask(c, g, Confirm{
		Title: "Remove this provider?",
		What: []string{
			"Nobody signs in at " + o.Name + " any more, and sessions that began there end within five seconds.",
			"Its client secret is forgotten. To add it again, you need it again, and a new test.",
		},
		Do: "Remove", Keep: "Keep it", Danger: true,
	}, []string{"providers", o.ID.String(), "remove"}, []string{"providers", o.ID.String()})
}

// ask asks, on a page of its own, before something is done at an address below the page's.
func (f Feature) ask(c echo.Context, g vending.Grant, v Confirm, action, back []string) error {
	p, err := f.settings.Read(c.Request().Context(), g)
	if err != nil {
		return err
	}
	shell := door.Shell(c, g, Section())
	v.Version, v.Action, v.Back = versionOf(p), base(shell.Workspace, action...), base(shell.Workspace, back...)
	return door.Show(c, http.StatusOK, ConfirmPage(shell, v))
}
