package door

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/httpserver"
	"github.com/labstack/echo/v4"
)

// PathSlug returns the workspace in the path as it was sent. An escaped or otherwise unusual
// spelling is httpserver.ErrMalformed: a workspace has one address.
func PathSlug(c echo.Context) (tenant.Slug, error) {
	return parsePath(c.Param("tenant"))
}

func parsePath(segment string) (tenant.Slug, error) {
	slug, err := tenant.ParseSlug(segment)
	if err != nil {
		return tenant.Slug{}, fmt.Errorf("%w: workspace in the path", httpserver.ErrMalformed)
	}
	return slug, nil
}

// Address is the address of something in a workspace: its segments below the workspace's own
// address. They are ours, or identifiers that were parsed.
func Address(slug tenant.Slug, segments ...string) string {
	return "/t/" + slug.String() + "/" + path.Join(segments...)
}

// Absolute is the whole URL of one of our own addresses, for people to hand on.
func Absolute(c echo.Context, address string) string {
	return originOf(c.Request().Context()) + address
}

// SignInPath is the address of the workspace's sign-in page.
func SignInPath(slug tenant.Slug) string { return Address(slug, "sign-in") }

// FirstPage returns the address of the workspace's first page.
func FirstPage(c echo.Context, slug tenant.Slug) string {
	t, ok := tableOf(c.Request().Context())
	if !ok {
		return SignInPath(slug)
	}
	return t.firstPage(slug)
}

// ReturnPath returns next if a client may ask to be sent there, and "" otherwise.
func ReturnPath(c echo.Context, slug tenant.Slug, next string) string {
	t, ok := tableOf(c.Request().Context())
	if !ok {
		return ""
	}
	return t.LocalPath(slug, next)
}

// signInURL returns the address of the workspace's sign-in page that leads on to next.
func (t *Table) signInURL(slug tenant.Slug, next, notice string) string {
	q := url.Values{}
	if next := t.LocalPath(slug, next); next != "" && next != t.firstPage(slug) {
		q.Set("next", next)
	}
	if notice != "" {
		q.Set("notice", notice)
	}
	if len(q) == 0 {
		return SignInPath(slug)
	}
	return SignInPath(slug) + "?" + q.Encode()
}

// pageOf returns the address of the page that a request belongs to, or "": its own for a page, and
// for htmx the one that the browser shows. It is what the client says and goes nowhere but through
// LocalPath.
func pageOf(r *http.Request) string {
	if IsHTMX(r) {
		u, err := url.Parse(r.Header.Get("HX-Current-URL"))
		if err != nil {
			return ""
		}
		return u.RequestURI()
	}
	if r.Method != http.MethodGet {
		return ""
	}
	return r.URL.RequestURI()
}

// formPage is pageOf, and for a form that a browser sent the page on which it stood.
func formPage(r *http.Request) string {
	if page := pageOf(r); page != "" || r.Method != http.MethodPost {
		return page
	}
	u, err := url.Parse(r.Referer())
	if err != nil {
		return ""
	}
	return u.RequestURI()
}

// maxNext is the longest address that is kept to return to, in bytes.
const maxNext = 512

// LocalPath is the one place that decides where a client may ask to be sent. It returns next if
// that is a plain path to a page of the workspace that is in the table, and "" otherwise: no other
// host, no other workspace, nothing that two readers could read in two ways.
func (t *Table) LocalPath(slug tenant.Slug, next string) string {
	odd := func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f || r > 0x7e }
	if len(next) > maxNext || strings.ContainsFunc(next, odd) {
		return ""
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Fragment != "" || u.RawPath != "" ||
		path.Clean(u.Path) != u.Path {
		return ""
	}
	for _, r := range t.routes {
		if r.isPage() && leadsTo(r.Path, slug, u.Path) {
			return u.RequestURI()
		}
	}
	return ""
}

// leadsTo reports whether address, which is clean, is one of the route's in the workspace.
func leadsTo(route string, slug tenant.Slug, address string) bool {
	want, got := strings.Split(route, "/"), strings.Split(address, "/")
	if len(want) != len(got) {
		return false
	}
	for i, segment := range want {
		switch {
		case segment == ":tenant" && got[i] == slug.String():
		case segment != ":tenant" && strings.HasPrefix(segment, ":"):
		case segment == got[i]:
		default:
			return false
		}
	}
	return true
}
