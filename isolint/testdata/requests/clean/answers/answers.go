// Package answers writes responses by its verbs, and says of errors what a table says.
package answers

import (
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

type site struct{ log *slog.Logger }

type problem struct{ Detail string }

func (p *problem) Error() string { return p.Detail }

// parseError says why.
type parseError struct{ cause error }

func (e *parseError) Error() string { return "answers: parse: " + e.cause.Error() }
func (e *parseError) Unwrap() error { return e.cause }

// send is a verb.
func (s *site) send(c echo.Context, status int, v any) error { return c.JSON(status, v) }

// plain is a verb.
func plain(w http.ResponseWriter, text string) { fmt.Fprintln(w, text) }

// empty is a verb.
func empty(c echo.Context, status int) error { return c.NoContent(status) }

// lead is a verb.
func lead(c echo.Context, to string) error { return c.Redirect(http.StatusSeeOther, to) }

// fail is where errors become answers.
func (s *site) fail(err error, c echo.Context) {
	s.log.Error("request", "error", err, slog.String("text", err.Error()), "more", fmt.Sprintf("%v", err))
	log.Printf("request: %v", err)
	if errors.Is(err, notes.ErrNotFound) {
		_ = s.send(c, http.StatusNotFound, &problem{"There is nothing at this address."})
		return
	}
	var he *echo.HTTPError
	if errors.As(err, &he) {
		_ = empty(c, he.Code)
		return
	}
	plain(c.Response(), "Something went wrong.")
}

func (s *site) page(c echo.Context) error {
	if c.Param("id") == "" {
		return echo.NewHTTPError(http.StatusBadRequest, "No identifier.")
	}
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, 1<<20)
	c.SetCookie(&http.Cookie{Name: "a"})
	c.Response().Header().Set("Vary", "Accept")
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("answers: form: %w", &parseError{err})
	}
	if err := s.check(r); err != nil {
		s.fail(err, c)
		return nil
	}
	return lead(c, "/")
}

func (s *site) check(r *http.Request) error {
	if r.Form.Get("x") != "" {
		return errors.Join(notes.ErrInvalid, fmt.Errorf("answers: field %q: %v", "x", notes.ErrInvalid))
	}
	return nil
}
