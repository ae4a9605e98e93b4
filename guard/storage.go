package guard

import (
	"net/http"
	"net/url"
	"strings"
)

// Storage judges a request of Cloud Storage's that is to go to origin. It returns the request to
// send, which is req or, if the guard has looked into the body, one with the same body; or a
// *Refusal. issued is what the sender was given before; nil if that is nothing.
//
// It reads the path as it goes over the wire, and allows the object methods of the JSON API that
// the official client uses: list, get, insert, patch, update, delete, compose, rewrite and copy. Of
// the XML API it allows to begin an upload in parts, to list its parts, to complete it and to give
// it up. Buckets themselves, policies, access lists, notifications and batches are refused; so is
// each header and each parameter that is not on a list.
//
// A transport should ask it for each redirect too, so that an answer cannot send a credential
// elsewhere.
func (g *Guard) Storage(origin *url.URL, req *http.Request, issued *Issued) (*http.Request, error) {
	u := req.URL
	if u.Scheme != origin.Scheme || u.Host != origin.Host || req.Host != "" && req.Host != origin.Host || u.User != nil || u.Opaque != "" {
		return nil, refuse(ErrForeign, "host %q", u.Host)
	}
	if err := checkHeaders(req); err != nil {
		return nil, err
	}
	path := u.EscapedPath()
	if isParts(path, u.RawQuery) {
		return req, g.checkParts(req.Method, path, u.RawQuery)
	}
	var p params
	if err := p.parse(u.RawQuery); err != nil {
		return nil, err
	}
	if !g.objectPath(path) {
		return nil, refuse(ErrForeign, "path %s", path)
	}
	if err := g.checkMethod(req.Method, path); err != nil {
		return nil, err
	}
	if err := g.checkParams(&p, req.Method == http.MethodGet && g.isCollection(path)); err != nil {
		return nil, err
	}
	if err := g.checkUpload(p.get("upload_id"), issued); err != nil {
		return nil, err
	}
	return g.checkBody(req, path, &p)
}

// checkMethod refuses a method that needs a verb which the scope does not permit, and one that no
// client uses.
func (g *Guard) checkMethod(method, path string) error {
	need := Read | Write // what is written may be a copy of what is there
	switch method {
	case http.MethodGet, http.MethodHead:
		need = Read
	case http.MethodDelete:
		need = Write
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		if g.isCollection(path) {
			need = Write
		}
	}
	if !g.objects.Has(need) {
		return refuse(ErrNotPermitted, "%s %s", method, path)
	}
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodDelete, http.MethodPost, http.MethodPut, http.MethodPatch:
		return nil
	}
	return refuse(ErrRefused, "method %q is not on the list", method)
}

// objectPath reports whether path is that of an object method within the scope's bucket.
func (g *Guard) objectPath(path string) bool {
	rest, ok := strings.CutPrefix(path, "/storage/v1")
	if !ok {
		rest, ok = strings.CutPrefix(path, "/upload/storage/v1")
	}
	if !ok || g.bucket == "" {
		return false
	}
	rest, ok = g.inBucket(rest)
	if !ok || rest == "" { // "/o": list or insert
		return ok
	}
	rest, ok = g.cutObject(rest)
	if !ok || rest == "" || rest == "/compose" {
		return ok
	}
	to, ok := strings.CutPrefix(rest, "/rewriteTo")
	if !ok {
		to, ok = strings.CutPrefix(rest, "/copyTo")
	}
	if !ok {
		return false
	}
	if to, ok = g.inBucket(to); !ok {
		return false
	}
	to, ok = g.cutObject(to)
	return ok && to == ""
}

// inBucket cuts "/b/<the scope's bucket>/o" from path. A bucket's name never needs escaping, so it
// is compared raw.
func (g *Guard) inBucket(path string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, "/b/")
	if !ok {
		return "", false
	}
	rest, ok = strings.CutPrefix(rest, g.bucket)
	if !ok {
		return "", false
	}
	return strings.CutPrefix(rest, "/o")
}

// cutObject cuts "/<object>", one escaped segment, from path. Names with empty, "." or ".."
// segments are refused.
func (g *Guard) cutObject(path string) (rest string, ok bool) {
	segment, ok := strings.CutPrefix(path, "/")
	if !ok {
		return "", false
	}
	if i := strings.IndexByte(segment, '/'); i >= 0 {
		segment, rest = segment[:i], segment[i:]
	}
	name, err := url.PathUnescape(segment)
	return rest, err == nil && g.object(name)
}

// isCollection reports whether path is that of all objects, "/o": it lists or inserts, and the
// names stand elsewhere.
func (g *Guard) isCollection(path string) bool {
	rest, ok := strings.CutSuffix(path, "/o")
	if !ok {
		return false
	}
	rest, ok = strings.CutSuffix(rest, g.bucket)
	return ok && (rest == "/storage/v1/b/" || rest == "/upload/storage/v1/b/")
}
