package settings

import (
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// The limits that the page offers, in minutes. The API takes any between the first and the last.
var (
	idleChoices     = []int{5, 15, 30, 60, 120, 240, 480}
	absoluteChoices = []int{60, 240, 480, 720, 1440}
)

// minutesOffered returns the choices of a limit. One that the API has set stands among them.
func minutesOffered(offered []int, now int) (all []Choice) {
	if !slices.Contains(offered, now) {
		offered = append(slices.Clone(offered), now)
		slices.Sort(offered)
	}
	for _, m := range offered {
		all = append(all, Choice{strconv.Itoa(m), minutesText(m), m == now})
	}
	return all
}

func minutesText(m int) string {
	switch {
	case m == 60:
		return "1 hour"
	case m%60 == 0:
		return strconv.Itoa(m/60) + " hours"
	}
	return strconv.Itoa(m) + " minutes"
}

// ApplySessions sets how long sessions last.
func (f Feature) ApplySessions(c echo.Context, g vending.Grant) error {
	return f.act(c, g, "", func(form door.Form, version int64) (string, error) {
		ctx := c.Request().Context()
		p, err := f.settings.Read(ctx, g)
		if err != nil {
			return "", err
		}
		set := p.Settings()
		set.Sessions = new(authpolicy.SessionSettings) // what is no number is too short
		set.Sessions.IdleMinutes, _ = strconv.Atoi(form.Value("idle"))
		set.Sessions.AbsoluteMinutes, _ = strconv.Atoi(form.Value("absolute"))
		_, err = f.settings.Apply(ctx, g, version, set)
		return saved, err
	})
}
