package httpserver

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// LimitBody refuses a body of more than MaxBody bytes: with ErrBodyTooLarge if the request says its
// length, and otherwise with an *http.MaxBytesError from the read that goes beyond it.
func LimitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.ContentLength > MaxBody {
			return ErrBodyTooLarge
		}
		r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, MaxBody)
		return next(c)
	}
}
