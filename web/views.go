package web

import (
	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Pages are shown plain structs: nothing here hands a component a client, a Grant or a request.

func workspaceView(t tenancy.Tenant) view.Workspace {
	return view.Workspace{
		Slug:      t.Slug.String(),
		Name:      t.Name,
		Region:    t.Region.Name(),
		Isolation: string(t.Isolation),
	}
}

// shell returns the frame of a page of the workspace that the request was let into.
func (s *site) shell(c echo.Context, g vending.Grant, section view.Section) view.Shell {
	shell := view.Shell{
		Section: section,
		Account: view.Account{Email: g.Principal().Email(), Role: g.Principal().Role().String()},
		Notice:  noticeOf(c.QueryParam("notice")),
	}
	if v, ok := visitOf(c.Request().Context()); ok && v.tenant != nil {
		shell.Workspace = workspaceView(*v.tenant)
	}
	return shell
}

func fileView(u uploads.Upload) view.File {
	return view.File{
		ID:     u.ID.String(),
		Name:   u.Name,
		Type:   u.ContentType,
		Size:   u.Size,
		By:     u.OwnerEmail,
		At:     u.Created,
		Status: string(u.State),
	}
}

// personView returns u as seen by the caller of g.
func personView(g vending.Grant, u users.User) view.Person {
	return view.Person{
		ID:      u.ID.String(),
		Name:    u.Name,
		Email:   u.Email,
		Role:    u.Role.String(),
		Status:  string(u.Status),
		You:     u.ID == g.Principal().User(),
		CanEdit: g.Principal().Role().Includes(tenancy.Admin),
	}
}

// peopleView returns the people as seen by the caller of g. whole says that nobody is missing from the list, without
// which it cannot say who is the last admin.
func peopleView(g vending.Grant, people []users.User, whole bool) view.People {
	v := view.People{CanChangeRoles: g.Principal().Role().Includes(tenancy.Admin)}
	admins := 0
	for _, u := range people {
		if u.Role == tenancy.Admin && u.Status == users.Active {
			admins++
		}
	}
	for _, u := range people {
		p := personView(g, u)
		p.LastOne = whole && admins == 1 && u.Role == tenancy.Admin && u.Status == users.Active
		v.People = append(v.People, p)
	}
	return v
}
