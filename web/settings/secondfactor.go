package settings

import (
	"context"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// graces are the choices of the page, in days.
var graces = []int{0, 1, 7, 14, 30}

// graceWords says how long a grace is.
func graceWords(days int) string {
	switch days {
	case 0:
		return "at once"
	case 1:
		return "after a day"
	}
	return "after " + strconv.Itoa(days) + " days"
}

const day = 24 * time.Hour

// SetSecondFactor requires a second factor with a grace, or none any more.
func (f Feature) SetSecondFactor(c echo.Context, g vending.Grant) error {
	return f.act(c, g, "", func(form door.Form, version int64) (string, error) {
		ctx := c.Request().Context()
		if form.Value("required") == "" {
			_, err := f.settings.LiftSecondFactor(ctx, g, version)
			return saved, err
		}
		days, err := strconv.Atoi(form.Value("grace"))
		if err != nil || days < 0 || days > int(authpolicy.MaxGrace/day) {
			return "", errGrace
		}
		_, err = f.settings.RequireSecondFactor(ctx, g, version, time.Duration(days)*day)
		return saved, err
	})
}

// APISecondFactor says whether people must prove a second factor.
type APISecondFactor struct {
	Required  bool       `json:"required"`
	GraceDays int        `json:"graceDays,omitempty" minimum:"0" maximum:"30" doc:"For how many days after it was first required people go on without one."`
	From      *time.Time `json:"from,omitempty" readOnly:"true" doc:"When sessions without one end."`
}

func secondFactorOf(s authpolicy.SecondFactor) APISecondFactor {
	return APISecondFactor{s.IsRequired(), int(s.Grace / day), unlessZero(s.From())}
}

type secondFactorInput struct {
	Based
	Body struct {
		Required  bool `json:"required"`
		GraceDays int  `json:"graceDays,omitempty" minimum:"0" maximum:"30" doc:"For how many days after it was first required people go on without one."`
	}
}

// SecondFactorAPI requires a second factor, or none any more.
func (f Feature) SecondFactorAPI() api.Operation {
	return api.NewOperation("Require a second factor", f.secondFactorAPI).Described(api.Doc{
		Says: "People without one are asked to set one up at their next sign-in, and after the grace nobody gets in without.",
		Asks: `{"required":true,"graceDays":7}`, Problems: own("own_session"),
		Answers: exampleSettings(func(a *Authentication) {
			a.SecondFactor = APISecondFactor{Required: true, GraceDays: 7, From: new(exampleTime().AddDate(0, 0, 7))}
		}),
	})
}

func (f Feature) secondFactorAPI(ctx context.Context, g vending.Grant, in *secondFactorInput) (*authenticationOutput, error) {
	return f.changed(ctx, g, in.Based, func(version int64) error {
		if in.Body.Required {
			_, err := f.settings.RequireSecondFactor(ctx, g, version, time.Duration(in.Body.GraceDays)*day)
			return err
		}
		p, err := f.settings.Read(ctx, g)
		if err == nil && p.SecondFactor.IsRequired() {
			_, err = f.settings.LiftSecondFactor(ctx, g, version)
		}
		return err
	})
}
