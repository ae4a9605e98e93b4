package door

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// checkRequest refuses what two readers could take in two ways, before anybody is asked anything.
// It also writes the media type of a body in lower case, as RFC 9110 compares it: the API's library
// compares letters.
func (t *Table) checkRequest(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if isAmbiguous(r) {
			c.Response().Header().Set("Connection", "close")
			return fmt.Errorf("%w: two lengths", errMalformed)
		}
		if answered, err := t.checkHost(c); answered || err != nil {
			return err
		}
		if err := checkQuery(r.URL.RawQuery); err != nil {
			return err
		}
		if err := checkSelectors(r.Header); err != nil {
			return err
		}
		if kind := mediaType(r); kind != "" && isAPI(r) {
			r.Header.Set("Content-Type", kind)
		}
		return next(c)
	}
}

// ownHost writes a host as the door's own is written: in lower case, without the port that the
// scheme implies.
func (d *Door) ownHost(host string) string {
	host = strings.ToLower(host)
	if d.secure {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

// credentialFields are parameters in which clients of other services send a credential. Addresses
// are kept in logs and histories, so one that is sent there is refused, and nobody gets used to it.
var credentialFields = map[string]bool{
	"key": true, "api_key": true, "apikey": true, "access_token": true, "id_token": true, "refresh_token": true, "token": true,
}

// checkQuery refuses a query that does not parse, names something twice, or holds a credential.
func checkQuery(raw string) error {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return fmt.Errorf("%w: query", errMalformed)
	}
	for name, of := range values {
		if len(of) > 1 {
			return fmt.Errorf("%w: query names something twice", errMalformed)
		}
		if credentialFields[strings.ToLower(name)] {
			return fmt.Errorf("%w: credential in the address", errMalformed)
		}
	}
	return nil
}

// checkSelectors refuses a header that some reader on the way could take for the one that selects
// the tenant: X_TenantId, X-Tenant-Id, TenantId.
func checkSelectors(h http.Header) error {
	for name := range h {
		if name != tenantHeader && looksLikeSelector(name) {
			return fmt.Errorf("%w: a header that looks like the selector", errMalformed)
		}
	}
	return nil
}

func looksLikeSelector(name string) bool {
	letters := strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, strings.ToLower(name))
	return letters == "xtenantid" || letters == "tenantid"
}

// checkOrigin refuses what a page of another site has a browser do. A browser says so in
// Sec-Fetch-Site, in Origin, or in both, and each that is there has to be right; the origin is
// compared with the configured one, not with the Host header. Programs send neither.
func (d *Door) checkOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodOptions:
			return next(c)
		}
		for _, site := range r.Header["Sec-Fetch-Site"] {
			if site != "same-origin" && site != "none" {
				return fmt.Errorf("%w: Sec-Fetch-Site", errCrossOrigin)
			}
		}
		for _, origin := range r.Header["Origin"] {
			if origin != d.origin {
				return fmt.Errorf("%w: Origin", errCrossOrigin)
			}
		}
		return next(c)
	}
}

// prefersJSON reports whether JSON is the first that the client accepts.
func prefersJSON(r *http.Request) bool {
	first, _, _ := strings.Cut(r.Header.Get("Accept"), ",")
	kind, parameters, err := mime.ParseMediaType(first)
	if err != nil || kind != "application/json" {
		return false
	}
	q, given := parameters["q"]
	quality, err := strconv.ParseFloat(q, 64)
	return !given || err == nil && quality > 0
}
