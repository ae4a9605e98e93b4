package settings

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// failedShown is how many failed sign-ins the page shows.
const failedShown = 20

// Show shows how people and programs get in.
func (f Feature) Show(c echo.Context, g vending.Grant) error {
	return f.show(c, g, http.StatusOK, Overview{})
}

// show shows the settings as they are now, around what v says of something just tried.
func (f Feature) show(c echo.Context, g vending.Grant, status int, v Overview) error {
	ctx := c.Request().Context()
	p, err := f.settings.Read(ctx, g)
	if err != nil {
		return err
	}
	now := g.Now()
	v.Version, v.Open, v.Enforcement = versionOf(p), len(p.Open()), enforcementOf(p.Enforcement, now)
	v.SecondFactor = SecondFactor{p.SecondFactor.IsRequired(), p.SecondFactor.From(), int(p.SecondFactor.Grace / day)}
	for _, choice := range apiChoices {
		v.API = append(v.API, Choice{choice.value, choice.label, slices.Contains(p.Settings().API, choice.value)})
	}
	limits := p.SessionLimits().Settings()
	v.Idle, v.Absolute = minutesOffered(idleChoices(), limits.IdleMinutes), minutesOffered(absoluteChoices(), limits.AbsoluteMinutes)
	for _, o := range p.Providers {
		v.Providers = append(v.Providers, f.providerOf(g, o))
	}
	for _, i := range p.Issuers {
		v.Issuers = append(v.Issuers, Issuer{
			ID: issuerID(i.Issuer), Name: i.Name, Issuer: i.Issuer, Audience: i.Audience,
			Clients: strings.Join(i.Clients, ", "), Scopes: mappingText(i.Scopes), People: i.People, Health: f.health(g, i.Issuer),
		})
	}
	for _, d := range p.Domains {
		v.Domains = append(v.Domains, domainOf(d, p, now))
	}
	if f.failed != nil {
		if v.Failed, err = f.failed(ctx, g); err != nil {
			return err
		}
		v.Kept, v.Failed = true, v.Failed[:min(failedShown, len(v.Failed))]
		for i, one := range v.Failed {
			o, _ := p.Provider(one.Provider)
			v.Failed[i].Name = cmp.Or(o.Name, "A provider that is gone")
		}
	}
	return door.Show(c, status, Page(door.Shell(c, g, Section()), v))
}

// again shows the settings with a sentence about err, or returns err if it is none for the page.
func (f Feature) again(c echo.Context, g vending.Grant, err error, v Overview) error {
	if !forThePage(err) {
		return err
	}
	r := door.Refuse(c, err)
	v.Problem = r.Sentence
	return f.show(c, g, r.Status, v)
}

// act reads a form, does something that is based on the version in it, and leads on.
func (f Feature) act(c echo.Context, g vending.Grant, to string, do func(form door.Form, version int64) (notice string, err error)) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	form, version, err := versioned(c)
	if err != nil {
		return err
	}
	notice, err := do(form, version)
	if err != nil {
		return f.again(c, g, err, Overview{})
	}
	return door.Redirect(c, door.WithNotice(door.Address(slug, "settings", "sign-in", to), notice))
}

// versioned reads a form and the version in it. errVersion.
func versioned(c echo.Context) (door.Form, int64, error) {
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return nil, 0, err
	}
	version, err := strconv.ParseInt(form.Value("version"), 10, 64)
	if err != nil || version < 0 {
		return nil, 0, errVersion
	}
	return form, version, nil
}

// ApplyAPI sets what the API accepts.
func (f Feature) ApplyAPI(c echo.Context, g vending.Grant) error {
	return f.act(c, g, "", func(form door.Form, version int64) (string, error) {
		set := authpolicy.Settings{API: []string{}}
		for _, choice := range apiChoices {
			if form.Value("api-"+choice.value) != "" {
				set.API = append(set.API, choice.value)
			}
		}
		_, err := f.settings.Apply(c.Request().Context(), g, version, set)
		return saved, err
	})
}

func (f Feature) health(g vending.Grant, iss string) Health {
	h, ok := f.settings.Health(g, iss)
	v := Health{Known: ok && len(h.Fetches) > 0, Keys: h.Keys, Stale: h.Stale}
	if v.Known {
		v.Last, v.Outcome = h.Fetches[0].At, h.Fetches[0].Outcome
	}
	return v
}

// mapping reads lines of the form "name = role". errMapping.
func mapping(text string) (map[string]tenant.Role, error) {
	roles := map[string]tenant.Role{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		at := strings.LastIndexByte(line, '=')
		if at < 0 {
			return nil, fmt.Errorf("%w: no equals sign", errMapping)
		}
		name := strings.TrimSpace(line[:at])
		role, err := tenant.ParseRole(strings.TrimSpace(line[at+1:]))
		if _, twice := roles[name]; err != nil || twice || name == "" {
			return nil, errors.Join(errMapping, err)
		}
		roles[name] = role
	}
	return roles, nil
}

// mappingText is the text that mapping reads.
func mappingText(roles map[string]tenant.Role) string {
	var text []string
	for _, name := range slices.Sorted(maps.Keys(roles)) {
		text = append(text, name+" = "+roles[name].String())
	}
	return strings.Join(text, "\n")
}

// words splits a list that somebody typed: at commas, spaces and ends of lines.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\r' || r == '\t' })
}
