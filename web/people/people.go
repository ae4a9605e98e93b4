package people

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// pageLength is how many people one page shows.
const pageLength = 50

// List shows a part of the workspace's people.
func (f Feature) List(c echo.Context, g vending.Grant) error {
	cursor, err := users.ParseCursor(c.QueryParam("cursor"))
	if err != nil {
		return err
	}
	return f.show(c, g, http.StatusOK, cursor, Person{})
}

// show shows the part of the list after cursor; to htmx, its rows. The row of tried, if there is
// one, says what is wrong with the change just tried.
func (f Feature) show(c echo.Context, g vending.Grant, status int, cursor users.Cursor, tried Person) error {
	list, err := f.list(c.Request().Context(), g, cursor)
	if err != nil {
		return err
	}
	for i, p := range list.People {
		if p.ID == tried.ID {
			list.People[i].Error, list.People[i].Selected = tried.Error, tried.Selected
		}
	}
	shell := door.Shell(c, g, Section())
	return door.Choose(c, status, Page(shell, list), Rows(shell, list))
}

// list returns the part of the list after cursor.
func (f Feature) list(ctx context.Context, g vending.Grant, cursor users.Cursor) (List, error) {
	page, err := users.NewRepository(g).List(ctx, cursor, pageLength)
	if err != nil {
		return List{}, err
	}
	list := listOf(g, page.Items, cursor.IsZero() && page.Next.IsZero())
	list.Next = page.Next.String()
	return list, nil
}

// ChangeRole gives a person another role. Admins who would take their own away are asked first.
func (f Feature) ChangeRole(c echo.Context, g vending.Grant) error {
	ctx := c.Request().Context()
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
	before, err := users.NewRepository(g).Get(ctx, id)
	if err != nil {
		return err
	}
	own := id == g.Principal().User()
	if own && before.Role != role && form.Value("sure") == "" {
		alone, err := f.alone(ctx, g)
		if err != nil {
			return err
		}
		if !alone { // nobody is asked about what will be refused
			return lead(c, stepDownAddress(slug, id, role))
		}
	}
	after, err := f.changes.ChangeRole(ctx, g, id, role)
	switch {
	case errors.Is(err, users.ErrLastAdmin):
		return f.showRefusal(c, g, id, role.String(), err)
	case err != nil:
		return err
	}
	notice := roleChanged
	if before.Role == after.Role {
		notice = roleKept
	}
	if !door.IsHTMX(c.Request()) || own && notice == roleChanged { // what the whole page offers depends on one's own role
		return lead(c, door.WithNotice(address(slug), notice))
	}
	return f.showChanged(c, g, before, after)
}

// alone reports whether the caller of g is known to be the last admin.
func (f Feature) alone(ctx context.Context, g vending.Grant) (bool, error) {
	list, err := f.list(ctx, g, users.Cursor{})
	return slices.ContainsFunc(list.People, func(p Person) bool { return p.You && p.LastOne }), err
}

// showChanged answers htmx with the person's row, and with the rows of the others that the change
// concerns.
func (f Feature) showChanged(c echo.Context, g vending.Grant, before, after users.User) error {
	list, err := f.list(c.Request().Context(), g, users.Cursor{})
	if err != nil {
		return err
	}
	row, others := personOf(g, after), []Person(nil)
	admins := before.Role == tenant.Admin || after.Role == tenant.Admin
	for _, p := range list.People {
		switch {
		case p.ID == row.ID:
			row = p
		case admins && p.Role == tenant.Admin.String():
			others = append(others, p)
		}
	}
	return door.Show(c, http.StatusOK,
		Changed(door.Shell(c, g, Section()), row, others),
		view.NoticeOOB(view.Notice{Text: changeOf(row, before.Role == after.Role)}))
}

// changeOf says what has become of a person's role.
func changeOf(p Person, kept bool) string {
	if kept {
		return p.called() + " was " + withArticle(p.Role) + " already. Nothing has changed."
	}
	return p.called() + " is " + withArticle(p.Role) + " now."
}

// ConfirmStepDown asks an admin whether to give up that role. It asks nobody about another person.
func (f Feature) ConfirmStepDown(c echo.Context, g vending.Grant) error {
	slug, err := door.PathSlug(c)
	if err != nil {
		return err
	}
	id, err := parse(c.Param("id"))
	if err != nil {
		return err
	}
	if _, err := users.NewRepository(g).Get(c.Request().Context(), id); err != nil {
		return err
	}
	role, err := tenant.ParseRole(c.QueryParam("role"))
	if err != nil || id != g.Principal().User() || role == tenant.Admin {
		return door.Redirect(c, address(slug))
	}
	return door.Show(c, http.StatusOK,
		StepDownPage(door.Shell(c, g, Section()), StepDown{ID: id.String(), Role: role.String()}))
}

// stepDownAddress is where an admin is asked whether to become role.
func stepDownAddress(slug tenant.Slug, id tenant.UserID, role tenant.Role) string {
	return door.Address(slug, "people", id.String(), "role") + "?role=" + role.String()
}

// lead has the browser show another page, whoever asked.
func lead(c echo.Context, to string) error {
	if door.IsHTMX(c.Request()) {
		return door.Load(c, to)
	}
	return door.Redirect(c, to)
}

// showRefusal shows the person's row, or the whole list, with what is wrong with the role tried.
func (f Feature) showRefusal(c echo.Context, g vending.Grant, id tenant.UserID, role string, cause error) error {
	r := door.Refuse(c, cause)
	tried := Person{ID: id.String(), Error: r.Sentence, Selected: role}
	if !door.IsHTMX(c.Request()) {
		return f.show(c, g, r.Status, users.Cursor{}, tried)
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
