package door

import (
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/view"
	"github.com/bulkhead-saas/bulkhead/web/visit"
)

// SignedOut is the code of the notice after signing out.
const SignedOut = "signed-out"

const (
	sessionOver     = "session-over"
	sessionOverKept = "session-over-kept"
)

func doorNotices() []Notice {
	return []Notice{
		{SignedOut, "You have signed out."},
		{sessionOver, "Your session has ended. Please sign in again."},
		{sessionOverKept, "Your session has ended. What you typed is kept: sign in again and go on."},
	}
}

// NoticeIn returns the notice that the address of the request asks for; the zero Notice, which
// shows nothing, if it is none of ours.
func NoticeIn(c echo.Context) view.Notice { return NoticeOf(c, c.QueryParam("notice")) }

// Workspace returns a tenant as pages show it.
func Workspace(t tenant.Tenant) view.Workspace {
	return view.Workspace{
		Slug:      t.Slug.String(),
		Name:      t.Name,
		Region:    t.Region.Name(),
		Isolation: string(t.Isolation),
	}
}

// Shell returns the frame of a page of the workspace that the request has entered. section is the
// entry of the navigation that the page belongs to.
func Shell(c echo.Context, g vending.Grant, section view.Section) view.Shell {
	shell := view.Shell{
		Current: section,
		Account: view.Account{Email: g.Principal().Email(), Role: g.Principal().Role().String()},
		Notice:  NoticeIn(c),
	}
	t, ok := tableOf(c.Request().Context())
	if v, entered := visit.Of(c.Request().Context()); ok && entered && v.Tenant != nil {
		shell.Workspace = Workspace(*v.Tenant)
		shell.Grace = t.door.config.Authenticator.Grace(c.Request().Context(), g.Principal())
		shell.Sections = t.sections(Session, func(r Route) bool {
			return g.Principal().May(r.Permission)
		})
	}
	return shell
}

// OperatorShell returns the frame of an operator's page.
func OperatorShell(c echo.Context, o tenancy.Operator, section view.Section) view.OperatorShell {
	shell := view.OperatorShell{Email: o.Email(), Current: section, Notice: NoticeIn(c)}
	if t, ok := tableOf(c.Request().Context()); ok {
		shell.Sections = t.sections(Operators, func(Route) bool { return true })
	}
	return shell
}

// sections returns the navigation of the policy's pages, as far as shown wants them shown.
func (t *Table) sections(p Policy, shown func(Route) bool) []view.Section {
	var all []view.Section
	for _, r := range t.routes {
		if r.Policy == p && r.Section != (view.Section{}) && shown(r) {
			all = append(all, r.Section)
		}
	}
	return all
}

// firstSection returns the first entry of the policy's navigation; the zero Section if it has none.
func (t *Table) firstSection(p Policy) view.Section {
	for _, s := range t.sections(p, func(Route) bool { return true }) {
		return s
	}
	return view.Section{}
}

// firstPage returns the address of the workspace's first page.
func (t *Table) firstPage(slug tenant.Slug) string {
	return strings.Replace(t.firstSection(Session).Path, ":tenant", slug.String(), 1)
}

// WithNotice returns the address of one of our pages, with a notice to show on it.
func WithNotice(address, code string) string { return address + "?notice=" + url.QueryEscape(code) }

// NoticeOf returns the notice of the code, for a fragment that brings it along.
func NoticeOf(c echo.Context, code string) view.Notice {
	t, ok := tableOf(c.Request().Context())
	if !ok {
		return view.Notice{}
	}
	return view.Notice{Text: t.notices[code]}
}
