package httpserver

import "github.com/labstack/echo/v4"

// ContentPolicy returns the Content-Security-Policy of every page: our own files, and requests to
// the bucket. storageOrigin is the origin that browsers send files to; "" for none.
func ContentPolicy(storageOrigin string) string {
	return policy(storageOrigin, "img-src 'self' data:")
}

// PreviewPolicy is ContentPolicy for a page that shows a file of the bucket within it.
func PreviewPolicy(storageOrigin string) string {
	return policy(storageOrigin, "img-src 'self' data: "+storageOrigin+"; frame-src 'self' "+storageOrigin)
}

// policy is a policy with these directives for what a page shows.
func policy(storageOrigin, shows string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; " + shows + "; font-src 'self'; " +
		"connect-src 'self' " + storageOrigin + "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// Headers adds what every answer says to browsers, a refusal too. policy is the
// Content-Security-Policy.
func Headers(policy string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			h := c.Response().Header()
			c.Response().Before(func() { allowHead(h) })
			h.Set("Cache-Control", "no-store")
			h.Set("Content-Security-Policy", policy)
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
			h.Set("Referrer-Policy", "same-origin")
			h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains") // browsers heed it over https alone
			h.Set("X-Content-Type-Options", "nosniff")
			return next(c)
		}
	}
}
