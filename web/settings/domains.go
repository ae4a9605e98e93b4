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

// AddDomain adds a domain, and leads to the page with its record.
func (f Feature) AddDomain(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	form, version, err := versioned(c)
	if err != nil {
		return err
	}
	typed := form.Value("domain")
	var at authpolicy.ProviderID
	if id := form.Value("provider"); id != "" {
		if at, err = door.ParseID(id, authpolicy.ParseProviderID, "a provider"); err != nil {
			return err
		}
	}
	d, err := f.settings.AddDomain(c.Request().Context(), g, version, strings.ToLower(strings.TrimSpace(typed)), at)
	if err != nil {
		return f.again(c, g, err, Overview{NewDomain: typed})
	}
	return door.Redirect(c, door.Address(slug, "settings", "sign-in", "domains", d.Name))
}

// domain returns the domain that the address names.
func (f Feature) domain(c echo.Context, g vending.Grant) (authpolicy.Domain, error) {
	return f.domainOf(c.Request().Context(), g, c.Param("id"))
}

// parseDomain takes what can stand in an address for a domain. Whether there is one, the settings
// say.
func parseDomain(s string) (string, error) {
	outside := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-' }
	if len(s) > 253 || strings.Trim(s, ".") != s || strings.ContainsFunc(s, outside) || !strings.Contains(s, ".") {
		return "", errors.New("not a domain")
	}
	return s, nil
}

// ShowDomain shows the record that proves a domain.
func (f Feature) ShowDomain(c echo.Context, g vending.Grant) error {
	d, err := f.domain(c, g)
	if err != nil {
		return err
	}
	return f.showDomain(c, g, d.Name, nil)
}

func (f Feature) showDomain(c echo.Context, g vending.Grant, name string, problem error) error {
	p, err := f.settings.Read(c.Request().Context(), g)
	if err != nil {
		return err
	}
	for _, d := range p.Domains {
		if d.Name != name {
			continue
		}
		v, status := domainOf(d, p, g.Now()), http.StatusOK
		if problem != nil {
			r := door.Refuse(c, problem)
			v.Problem, status = r.Sentence, r.Status
		}
		return door.Show(c, status, DomainPage(door.Shell(c, g, Section()), v))
	}
	return authsettings.ErrNotFound
}

// CheckDomain looks at a domain's record now.
func (f Feature) CheckDomain(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	d, err := f.domain(c, g)
	if err != nil {
		return err
	}
	if _, err := f.settings.CheckDomain(c.Request().Context(), g, d.Name); forThePage(err) {
		return f.showDomain(c, g, d.Name, err)
	} else if err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(door.Address(slug, "settings", "sign-in", "domains", d.Name), proven))
}

// AskRemoveDomain asks whether to remove a domain.
func (f Feature) AskRemoveDomain(c echo.Context, g vending.Grant) error {
	d, err := f.domain(c, g)
	if err != nil {
		return err
	}
	return f.ask(c, g, Confirm{
		Title: "Remove this domain?",
		What: []string{
			"Addresses at " + d.Name + " do not lead people to this workspace any more.",
			"Its record is worth nothing then. To add the domain again, you make a new one.",
		},
		Do: "Remove", Keep: "Keep it", Danger: true,
	}, []string{"domains", d.Name, "remove"}, []string{"domains", d.Name})
}

// RemoveDomain removes a domain.
func (f Feature) RemoveDomain(c echo.Context, g vending.Grant) error {
	d, err := f.domain(c, g)
	if err != nil {
		return err
	}
	return f.act(c, g, "", func(_ door.Form, version int64) (string, error) {
		return removed, f.settings.RemoveDomain(c.Request().Context(), g, version, d.Name)
	})
}
