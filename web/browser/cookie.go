package browser

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/httpserver"
	"github.com/labstack/echo/v4"
)

// What can be wrong with a browser's session.
var (
	// ErrNoSession reports that the browser has no session.
	ErrNoSession = errors.New("web: not signed in")
	// ErrSessionOver reports that it had one, which has ended.
	ErrSessionOver = errors.New("web: session over")
	// ErrTwoSessions reports that it sent two.
	ErrTwoSessions = errors.New("web: two session cookies of one name")
)

// maxCookie is what every browser keeps of a cookie: name, value and attributes together, in bytes.
const maxCookie = 4096

// CookieName is the name of a workspace's session cookie. Each workspace has its own, so that two
// tabs can be signed in to two of them; the prefix keeps other hosts from setting it.
func CookieName(slug tenant.Slug) string { return "__Host-bh-" + slug.String() }

// OperatorCookie is the name of an operator's session cookie. No workspace's is called so, whatever
// its slug.
const OperatorCookie = "__Host-bho"

// ReadCookie returns the sealed session in the cookie of that name. Two cookies of the name are
// ErrTwoSessions and not "the first one": somebody else may have put it there.
func ReadCookie(r *http.Request, cookie string) (string, error) {
	var found []string
	for _, line := range r.Header["Cookie"] {
		for part := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			if name == cookie {
				found = append(found, value)
			}
		}
	}
	switch {
	case len(found) == 0:
		return "", ErrNoSession
	case len(found) > 1:
		return "", ErrTwoSessions
	}
	return found[0], nil
}

// writeCookie has the browser keep the sealed session for life at the most.
func writeCookie(c echo.Context, name, sealed string, life time.Duration) error {
	cookie := newCookie(name, sealed)
	cookie.MaxAge = max(1, int(life.Seconds()))
	if n := len(cookie.String()); n > maxCookie {
		return fmt.Errorf("web: session cookie of %d bytes: browsers drop it above %d", n, maxCookie)
	}
	makeRoom(c, name, len(name)+len(sealed))
	c.SetCookie(cookie)
	return nil
}

// maxCookies is how long the Cookie header may grow, in bytes: half of what the server takes of a
// whole header.
const maxCookies = httpserver.MaxHeader / 2

// makeRoom has the browser forget its oldest sessions, so that its header stays below maxCookies
// with a cookie of that name and size. Browsers send the oldest first (RFC 6265, section 5.4).
// Those sessions are not ended, they are forgotten.
func makeRoom(c echo.Context, name string, size int) {
	var all []string
	for _, line := range c.Request().Header["Cookie"] {
		for part := range strings.SplitSeq(line, ";") {
			if part = strings.TrimSpace(part); !strings.HasPrefix(part, name+"=") {
				all = append(all, part)
				size += len(part) + len("; ")
			}
		}
	}
	for _, part := range all {
		old, _, _ := strings.Cut(part, "=")
		if size <= maxCookies {
			return
		}
		if strings.HasPrefix(old, CookieName(tenant.Slug{})) {
			DropCookie(c, old)
			size -= len(part) + len("; ")
		}
	}
}

// DropCookie has the browser forget the session.
func DropCookie(c echo.Context, name string) {
	cookie := newCookie(name, "")
	cookie.MaxAge = -1
	c.SetCookie(cookie)
}

func newCookie(name, value string) *http.Cookie {
	return &http.Cookie{
		Name:     name,
		Value:    value,
		Path:     "/",
		Secure:   true,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	}
}
