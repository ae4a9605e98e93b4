package errorbody

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

type site struct{}

type failure struct {
	What  string
	Cause any
}

// send is a verb.
func (s *site) send(c echo.Context, status int, v any) error { return c.JSON(status, v) }

func (s *site) list(c echo.Context, r *notes.Repository) error {
	_, err := r.List(c.Request().Context(), c.QueryParam("cursor"))
	w := c.Response()
	switch c.QueryParam("as") {
	case "text":
		return c.String(http.StatusBadRequest, err.Error()) // want "answer: echo.Context.String writes" "errortext: the text of an error is for logs: err.Error"
	case "html":
		return c.HTML(http.StatusOK, "<p>no</p>") // want "answer: echo.Context.HTML writes"
	case "blob":
		write := c.Blob // want "answer: echo.Context.Blob writes"
		return write(http.StatusOK, "text/plain", nil)
	case "redirect":
		return c.Redirect(http.StatusSeeOther, c.QueryParam("next")) // want "answer: echo.Context.Redirect writes"
	case "nothing":
		return c.NoContent(http.StatusNoContent) // want "answer: echo.Context.NoContent writes"
	case "error":
		http.Error(w, "no", http.StatusBadRequest) // want "answer: http.Error is given a response's writer"
	case "print":
		fmt.Fprintf(w, "failed: %v", err) // want "answer: fmt.Fprintf is given a response's writer" "errortext: an error is given for any"
	case "encode":
		return json.NewEncoder(w).Encode(failure{Cause: err}) // want "answer: json.NewEncoder is given a response's writer" "errortext: an error is given for any"
	case "write":
		_, err = w.Write([]byte("no"))            // want "answer: Write writes a response"
		_, err = w.Writer.Write(nil)              // want "answer: Write writes a response"
		_, err = io.WriteString(w.Unwrap(), "no") // want "answer: Unwrap writes a response" "answer: io.WriteString is given a response's writer"
	case "alias":
		var out io.Writer
		out = w // want "answer: a response's writer is taken for something else"
		_, err = out.Write(nil)
	case "http":
		return echo.NewHTTPError(http.StatusBadRequest, err.Error()) // want "answer: the text that echo.NewHTTPError shows" "errortext: the text of an error is for logs"
	case "literal":
		return &echo.HTTPError{Code: 400, Message: c.Param("x")} // want "answer: the text that echo.HTTPError shows"
	case "sprint":
		return s.send(c, 400, fmt.Sprint("failed: ", err)) // want "errortext: an error is given for any"
	case "map":
		return s.send(c, 400, map[string]any{"error": err}) // want "errortext: an error is given for any"
	case "itself":
		return s.send(c, 400, err) // want "errortext: an error is given for any"
	case "field":
		return s.send(c, 400, failure{What: err.Error()}) // want "errortext: the text of an error is for logs"
	case "later":
		f := failure{}
		f.Cause = err // want "errortext: an error is given for any"
		f.What = text(err)
		c.Set("error", any(err)) // want "errortext: an error is given for"
		return s.send(c, 400, f)
	}
	return err
}

func all(errs ...error) (all []*failure) {
	for _, err := range errs {
		all = append(all, []*failure{{Cause: err}}...) // want "errortext: an error is given for any"
	}
	return all
}

func text(err error) string { return err.Error() } // want "errortext: the text of an error is for logs"
