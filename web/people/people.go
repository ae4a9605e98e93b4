package people

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// List shows the workspace's people.
func (f Feature) List(c echo.Context, g vending.Grant) error {
	return f.show(c, g, http.StatusOK, Person{})
}

// show shows the list. The row of tried, if there is one, says what is wrong with the change just
// tried.
func (f Feature) show(c echo.Context, g vending.Grant, status int, tried Person) error {
	page, err := users.NewRepository(g).List(c.Request().Context(), users.Cursor{}, users.MaxPage)
	if err != nil {
		return err
	}
	list := listOf(g, page.Items, page.Next.IsZero())
	for i, p := range list.People {
		if p.ID == tried.ID {
			list.People[i].Error, list.People[i].Selected = tried.Error, tried.Selected
		}
	}
	return door.Show(c, status, Page(door.Shell(c, g, Section()), list))
}

// ChangeRole gives a person another role.
func (f Feature) ChangeRole(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	form, err := door.ReadForm(c.Request())
	if err != nil {
		return err
	}
	role, err := tenant.ParseRole(form.Value("role"))
	if err != nil {
		return f.showRefusal(c, g, id, form.Value("role"), users.ErrInvalid)
	}
	u, err := f.roles.ChangeRole(c.Request().Context(), g, id, role)
	done := door.WithNotice(address(slug), roleChanged)
	switch {
	case errors.Is(err, users.ErrLastAdmin):
		return f.showRefusal(c, g, id, role.String(), err)
	case err != nil:
		return err
	case !door.IsHTMX(c.Request()):
		return door.Redirect(c, done)
	case u.ID == g.Principal().User():
		return door.Load(c, done) // what the whole page offers depends on one's own role
	}
	return door.Show(c, http.StatusOK,
		Row(door.Shell(c, g, Section()), personOf(g, u)),
		view.NoticeOOB(door.NoticeOf(c, roleChanged)))
}

// showRefusal shows the person's row, or the whole list, with what is wrong with the role tried.
func (f Feature) showRefusal(c echo.Context, g vending.Grant, id tenant.UserID, role string, cause error) error {
	r := door.Refuse(c, cause)
	tried := Person{ID: id.String(), Error: r.Sentence, Selected: role}
	if !door.IsHTMX(c.Request()) {
		return f.show(c, g, r.Status, tried)
	}
	u, err := users.NewRepository(g).Get(c.Request().Context(), id)
	if err != nil {
		return err
	}
	row := personOf(g, u)
	row.Error, row.Selected = tried.Error, tried.Selected
	return door.Show(c, r.Status, Row(door.Shell(c, g, Section()), row))
}

// personOf returns u as the caller of g sees them.
func personOf(g vending.Grant, u users.User) Person {
	return Person{
		ID:      u.ID.String(),
		Name:    u.Name,
		Email:   u.Email,
		Role:    u.Role.String(),
		Status:  string(u.Status),
		You:     u.ID == g.Principal().User(),
		CanEdit: g.Principal().May(tenant.PeopleManage),
	}
}

// listOf returns the people as the caller of g sees them. whole says that nobody is missing from
// the list, without which it cannot say who is the last admin.
func listOf(g vending.Grant, people []users.User, whole bool) List {
	v := List{CanChangeRoles: g.Principal().May(tenant.PeopleManage)}
	admins := 0
	for _, u := range people {
		if u.Role == tenant.Admin && u.Status == users.Active {
			admins++
		}
	}
	for _, u := range people {
		p := personOf(g, u)
		p.LastOne = whole && admins == 1 && u.Role == tenant.Admin && u.Status == users.Active
		v.People = append(v.People, p)
	}
	return v
}
