package web

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
)

// pathSlug returns the workspace in the path as it was sent. An escaped or otherwise unusual spelling is errMalformed: a
// workspace has one address.
func pathSlug(c echo.Context) (tenancy.Slug, error) {
	slug, err := tenancy.ParseSlug(c.Param("tenant"))
	if err != nil {
		return tenancy.Slug{}, fmt.Errorf("%w: workspace in the path", errMalformed)
	}
	return slug, nil
}

// parseUser returns the person that an address names. errMalformed if it can be nobody's identifier.
func parseUser(s string) (tenancy.UserID, error) {
	id, err := tenancy.ParseUserID(s)
	if err != nil {
		return tenancy.UserID{}, fmt.Errorf("%w: identifier of a person", errMalformed)
	}
	return id, nil
}

// parseKey returns the API key that an address names. errMalformed if it can be no key's identifier.
func parseKey(s string) (tenancy.KeyID, error) {
	id, err := tenancy.ParseKeyID(s)
	if err != nil {
		return tenancy.KeyID{}, fmt.Errorf("%w: identifier of an API key", errMalformed)
	}
	return id, nil
}

// parseUpload returns the file that an address names. errMalformed if it can be no file's identifier.
func parseUpload(s string) (uploads.ID, error) {
	id, err := uploads.ParseID(s)
	if err != nil {
		return uploads.ID{}, fmt.Errorf("%w: identifier of a file", errMalformed)
	}
	return id, nil
}

func signInPath(slug tenancy.Slug) string { return "/t/" + slug.String() + "/sign-in" }
func filesPath(slug tenancy.Slug) string  { return "/t/" + slug.String() + "/files" }
func accessPath(slug tenancy.Slug) string { return "/t/" + slug.String() + "/access" }
func keysPath(slug tenancy.Slug) string   { return "/t/" + slug.String() + "/keys" }
func peoplePath(slug tenancy.Slug) string { return "/t/" + slug.String() + "/people" }

// signInURL returns the address of the workspace's sign-in page that leads on to next.
func signInURL(slug tenancy.Slug, next string, over bool) string {
	q := url.Values{}
	if next := localPath(slug, next); next != "" && next != filesPath(slug) {
		q.Set("next", next)
	}
	if over {
		q.Set("notice", sessionOver)
	}
	if len(q) == 0 {
		return signInPath(slug)
	}
	return signInPath(slug) + "?" + q.Encode()
}

// pageOf returns the address of the page that a request belongs to, or "": its own for a page, and for htmx the one that
// the browser shows. It is what the client says and goes nowhere but through localPath.
func pageOf(r *http.Request) string {
	if isHTMX(r) {
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

// maxNext is the longest address that is kept to return to, in bytes.
const maxNext = 512

// localPath is the one place that decides where a client may ask to be sent. It returns next if that is a plain path to
// a page of the workspace, and "" otherwise: no other host, no other workspace, nothing that two readers could read in
// two ways.
func localPath(slug tenancy.Slug, next string) string {
	if len(next) > maxNext || strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f || r > 0x7e }) {
		return ""
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Fragment != "" || u.RawPath != "" || path.Clean(u.Path) != u.Path {
		return ""
	}
	sections := []string{filesPath(slug), peoplePath(slug), accessPath(slug), keysPath(slug)}
	within := strings.HasPrefix(u.Path, filesPath(slug)+"/") || strings.HasPrefix(u.Path, keysPath(slug)+"/")
	if !slices.Contains(sections, u.Path) && !within {
		return ""
	}
	return u.RequestURI()
}
