package httpserver

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
)

// SameOrigin refuses with ErrCrossOrigin what a page of another site has a browser do. A browser
// says so in Sec-Fetch-Site, in Origin, or in both, and each that is there has to be right; the
// origin is compared with own, the configured one, not with the Host header. Programs send neither.
func SameOrigin(own string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			switch r.Method {
			case http.MethodGet, http.MethodHead, http.MethodOptions:
				return next(c)
			}
			for _, site := range r.Header["Sec-Fetch-Site"] {
				if site != "same-origin" && site != "none" {
					return fmt.Errorf("%w: Sec-Fetch-Site", ErrCrossOrigin)
				}
			}
			for _, origin := range r.Header["Origin"] {
				if origin != own {
					return fmt.Errorf("%w: Origin", ErrCrossOrigin)
				}
			}
			return next(c)
		}
	}
}
