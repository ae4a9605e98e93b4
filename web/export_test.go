package web

import (
	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

var (
	LocalPath      = localPath
	ReadCookie     = readCookie
	CookieName     = cookieName
	WriteCookie    = writeCookie
	DropCookie     = dropCookie
	ErrNoSession   = errNoSession
	ErrTwoSessions = errTwoSessions
)

// Registered returns what Echo has registered for the route table, as "METHOD path".
func Registered() []string {
	s := &site{}
	t := newTable(s, echo.New())
	s.routes(t)
	var all []string
	for _, r := range t.echo.Routes() {
		all = append(all, r.Method+" "+r.Path)
	}
	return all
}

// CheckTable returns what check says of a table that add has changed.
func CheckTable(add func(e *echo.Echo, session func(role tenancy.Role, method, path string))) error {
	t := newTable(&site{}, echo.New())
	add(t.echo, func(role tenancy.Role, method, path string) {
		t.session(role, method, path, func(echo.Context, vending.Grant) error { return nil })
	})
	return t.check()
}

// Refused is what a client is told about err.
func Refused(err error) (status int, code, sentence string) {
	r := refuse(err)
	return r.status, r.code, r.sentence
}

// InTable reports whether err has a row of its own.
func InTable(err error) bool {
	for _, r := range refusals {
		if r.err == err {
			return true
		}
	}
	return false
}

// NewLimiter returns what admits requests under l.
func NewLimiter(l Limits) func(tenancy.ID) (func(), error) { return newLimiter(l).admit }

// NewID is some tenant's.
var NewID = tenancy.NewID
