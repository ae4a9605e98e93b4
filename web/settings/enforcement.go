package settings

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// AskEnforce says what requiring a provider does, and asks.
func (f Feature) AskEnforce(c echo.Context, g vending.Grant) error {
	return f.ask(c, g, Confirm{
		Title: "Require the provider?",
		What: []string{
			"From now on people sign in at the provider. Sessions that began with a password go on until a second person has signed in at it.",
			"Admins can use their passwords too until then, so nobody is locked out by a mistake at the provider.",
			"If no second person signs in within the hour, it goes back by itself, and this page says so.",
			"Once a second person has signed in, passwords open nothing any more. An admin who cannot reach the provider then needs a recovery code.",
			"The next page shows ten recovery codes, once. Have a place to keep them at hand.",
		},
		Do: "Require the provider", Keep: "Not now",
	}, []string{"enforcement"}, nil)
}

// Enforce requires a provider. It answers with the recovery codes, this once.
func (f Feature) Enforce(c echo.Context, g vending.Grant) error {
	_, version, err := versioned(c)
	if err != nil {
		return err
	}
	codes, err := f.settings.Stage(c.Request().Context(), g, version)
	if err != nil {
		return f.again(c, g, err, Overview{})
	}
	return door.Show(c, http.StatusCreated, CodesPage(door.Shell(c, g, Section()),
		RecoveryCodes{Codes: codes, Until: g.Now().Add(authpolicy.StageTime)}))
}

// AskLift asks whether to let people use passwords again.
func (f Feature) AskLift(c echo.Context, g vending.Grant) error {
	return f.ask(c, g, Confirm{
		Title: "Let people use passwords again?",
		What: []string{
			"Everybody who has a password can sign in with it again, beside the provider.",
			"The recovery codes are void. If you require the provider again, you get new ones.",
		},
		Do: "Lift the requirement", Keep: "Keep it required",
	}, []string{"enforcement", "lift"}, nil)
}

// Lift lets people use passwords again.
func (f Feature) Lift(c echo.Context, g vending.Grant) error {
	return f.act(c, g, "", func(_ door.Form, version int64) (string, error) {
		return lifted, f.settings.Lift(c.Request().Context(), g, version)
	})
}
