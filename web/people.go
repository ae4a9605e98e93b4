package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

func (s *site) people(c echo.Context, g vending.Grant) error {
	return s.showPeople(c, g, http.StatusOK, view.Person{})
}

// showPeople shows the list. The row of tried, if there is one, says what is wrong with the change just tried.
func (s *site) showPeople(c echo.Context, g vending.Grant, status int, tried view.Person) error {
	page, err := users.NewRepository(g).List(c.Request().Context(), users.Cursor{}, users.MaxPage)
	if err != nil {
		return err
	}
	list := peopleView(g, page.Users, page.Next == users.Cursor{})
	for i, p := range list.People {
		if p.ID == tried.ID {
			list.People[i].Error, list.People[i].Selected = tried.Error, tried.Selected
		}
	}
	return s.show(c, status, view.PeoplePage(s.shell(c, g, view.SectionPeople), list))
}

func (s *site) changeRole(c echo.Context, g vending.Grant) error {
	ctx := c.Request().Context()
	slug, err := pathSlug(c)
	if err != nil {
		return err
	}
	id, err := parseUser(c.Param("id"))
	if err != nil {
		return err
	}
	f, err := readForm(c.Request())
	if err != nil {
		return err
	}
	role, err := tenancy.ParseRole(f.value("role"))
	if err != nil {
		return s.refuseRole(c, g, id, f.value("role"), users.ErrInvalid)
	}
	u, err := s.Identity.ChangeRole(ctx, g, id, role)
	switch {
	case errors.Is(err, users.ErrLastAdmin):
		return s.refuseRole(c, g, id, role.String(), err)
	case err != nil:
		return err
	case !isHTMX(c.Request()):
		return c.Redirect(http.StatusSeeOther, peoplePath(slug)+"?notice="+roleChanged)
	case u.ID == g.Principal().User():
		// What the whole page offers depends on one's own role.
		c.Response().Header().Set("HX-Redirect", peoplePath(slug)+"?notice="+roleChanged)
		return c.NoContent(http.StatusNoContent)
	}
	return s.show(c, http.StatusOK,
		view.PersonRow(s.shell(c, g, view.SectionPeople), personView(g, u)),
		view.NoticeOOB(noticeOf(roleChanged)))
}

// refuseRole shows the person's row, or the whole list, with what is wrong with the role tried.
func (s *site) refuseRole(c echo.Context, g vending.Grant, id tenancy.UserID, role string, cause error) error {
	r, _ := report(c.Request().Context(), cause)
	tried := view.Person{ID: id.String(), Error: r.sentence, Selected: role}
	if !isHTMX(c.Request()) {
		return s.showPeople(c, g, r.status, tried)
	}
	u, err := users.NewRepository(g).Get(c.Request().Context(), id)
	if err != nil {
		return err
	}
	row := personView(g, u)
	row.Error, row.Selected = tried.Error, tried.Selected
	return s.show(c, r.status, view.PersonRow(s.shell(c, g, view.SectionPeople), row))
}
