package people

import (
	"context"

	"github.com/labstack/echo/v4"

	"net/http"

	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// Reset is the question whether to take a person's second factors away.
type Reset struct {
	ID, Who string
}

// ConfirmReset asks an admin whether to take another's second factors away.
func (f Feature) ConfirmReset(c echo.Context, g vending.Grant) error {
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	u, err := users.NewRepository(g).Get(c.Request().Context(), id)
	if err != nil {
		return err
	}
	p := personOf(g, u)
	return door.Show(c, http.StatusOK, ResetPage(door.Shell(c, g, Section()), Reset{p.ID, p.called()}))
}

// Reset takes another's second factors away.
func (f Feature) Reset(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	if err := f.factors.ResetFactors(c.Request().Context(), g, id); err != nil {
		return err
	}
	return door.Redirect(c, door.WithNotice(address(slug), factorsReset))
}

// ResetAPI takes another's second factors away.
func (f Feature) ResetAPI() api.Operation {
	return api.NewOperation("Reset a person's second factors", f.resetAPI).Described(api.Doc{
		Says:  "The person is told by a letter, their sessions end, and they set a second factor up at their next sign-in if the workspace requires one.",
		Given: "the person has a second factor", ID: exampleID,
	})
}

func (f Feature) resetAPI(ctx context.Context, g vending.Grant, in *api.ID) (*struct{}, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, f.factors.ResetFactors(ctx, g, id)
}
