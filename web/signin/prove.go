package signin

import (
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// errNoPassword reports a form without a password.
var errNoPassword = errors.New("web: no password")

func proveSection() view.Section { return view.Section{Name: "prove", Label: "Is it you?"} }

// ProvePage asks the caller to prove who they are, in the way in which their session began.
func (f Feature) ProvePage(c echo.Context, g vending.Grant) error {
	return f.showProve(c, g, http.StatusOK, c.QueryParam("next"), "")
}

func (f Feature) showProve(c echo.Context, g vending.Grant, status int, next, sentence string) error {
	t, err := f.sessions.Tenant(c)
	if err != nil {
		return err
	}
	v := Prove{Next: door.ReturnPath(c, t.Slug, next), Error: sentence, Email: g.Principal().Email()}
	if id := g.Principal().Way().Provider(); !id.IsZero() {
		choices, err := f.signIn.Choices(c.Request().Context(), t)
		if err != nil {
			return err
		}
		for _, p := range choices.Providers {
			if p.ID == id {
				v.Provider = p
			}
		}
	}
	return door.Show(c, status, ProvePage(door.Shell(c, g, proveSection()), v))
}

// Prove takes the password of the caller, and leads them back to where they were.
func (f Feature) Prove(c echo.Context, g vending.Grant) error {
	t, err := f.sessions.Tenant(c)
	if err != nil {
		return err
	}
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	password, next := form.Value("password"), form.Value("next")
	if password == "" {
		err = errNoPassword
	} else if err = f.sessions.Attempt(ctx, t.ID); err == nil {
		err = f.signIn.ProveWithPassword(ctx, t, g.Principal(), password)
	}
	if door.ForTheForm(err) || errors.Is(err, errNoPassword) {
		r := door.Refuse(c, err)
		if errors.Is(err, identityplatform.ErrBadCredentials) {
			r.Sentence = "This is not your password."
		}
		return f.showProve(c, g, r.Status, next, r.Sentence)
	}
	if err != nil {
		return err
	}
	if err := f.sessions.Proved(c, t, g.Principal()); err != nil {
		return err
	}
	return door.Redirect(c, f.sessions.Onward(c, t.Slug, door.ReturnPath(c, t.Slug, next)))
}

// Resume shows the caller the form that their browser has kept, for them to send it.
func (f Feature) Resume(c echo.Context, g vending.Grant) error {
	t, err := f.sessions.Tenant(c)
	if err != nil {
		return err
	}
	held, ok := f.sessions.TakeHeld(c, t, g.Principal())
	if !ok {
		return door.Redirect(c, door.FirstPage(c, t.Slug))
	}
	v := Resume{Path: held.Path}
	for _, name := range slices.Sorted(maps.Keys(held.Fields)) {
		v.Fields = append(v.Fields, Field{name, held.Fields[name]})
	}
	return door.Show(c, http.StatusOK, ResumePage(door.Shell(c, g, proveSection()), v))
}
