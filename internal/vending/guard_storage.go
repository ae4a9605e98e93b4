package vending

import (
	"net/http"
	"net/url"
	"strings"
)

// checkStorage returns nil if the scope allows the request, else a refusal. It reads the path as it goes over the wire,
// and allows the object methods of the JSON API that the official client uses: list, get, insert, patch, update, delete,
// compose, rewrite and copy. Buckets themselves, policies, access lists, notifications and batches are refused.
//
// The transport asks it again for each redirect, so an answer cannot send a credential elsewhere.
func (s *scope) checkStorage(origin *url.URL, req *http.Request) error {
	u := req.URL
	if u.Scheme != origin.Scheme || u.Host != origin.Host || req.Host != "" && req.Host != origin.Host || u.User != nil || u.Opaque != "" {
		return refuse(ErrForeign, "host %q", u.Host)
	}
	for _, name := range [...]string{"Authorization", "X-Goog-User-Project", "X-Http-Method-Override"} {
		if _, set := req.Header[name]; set {
			return refuse(ErrDenied, "header %s is not on the list", name)
		}
	}
	if strings.Contains(u.RawQuery, "userProject") {
		return refuse(ErrDenied, "parameter userProject is not on the list")
	}
	if !s.objectPath(u.EscapedPath()) {
		return refuse(ErrForeign, "path %s", u.EscapedPath())
	}
	if err := s.checkParams(u.RawQuery, req.Method == http.MethodGet && s.collection(u.EscapedPath())); err != nil {
		return err
	}
	if s.readOnly && req.Method != http.MethodGet && req.Method != http.MethodHead {
		return refuse(ErrReadOnly, "%s %s", req.Method, u.EscapedPath())
	}
	return nil
}

// objectPath reports whether path is that of an object method within the scope's bucket.
func (s *scope) objectPath(path string) bool {
	rest, ok := strings.CutPrefix(path, "/storage/v1")
	if !ok {
		rest, ok = strings.CutPrefix(path, "/upload/storage/v1")
	}
	if !ok || s.bucket == "" {
		return false
	}
	rest, ok = s.inBucket(rest)
	if !ok || rest == "" { // "/o": list or insert
		return ok
	}
	rest, ok = s.cutObject(rest)
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
	if to, ok = s.inBucket(to); !ok {
		return false
	}
	to, ok = s.cutObject(to)
	return ok && to == ""
}

// inBucket cuts "/b/<the scope's bucket>/o" from path. A bucket's name never needs escaping, so it is compared raw.
func (s *scope) inBucket(path string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, "/b/")
	if !ok {
		return "", false
	}
	rest, ok = strings.CutPrefix(rest, s.bucket)
	if !ok {
		return "", false
	}
	return strings.CutPrefix(rest, "/o")
}

// cutObject cuts "/<object>", one escaped segment, from path. Names with empty, "." or ".." segments are refused.
func (s *scope) cutObject(path string) (rest string, ok bool) {
	segment, ok := strings.CutPrefix(path, "/")
	if !ok {
		return "", false
	}
	if i := strings.IndexByte(segment, '/'); i >= 0 {
		segment, rest = segment[:i], segment[i:]
	}
	name, err := url.PathUnescape(segment)
	return rest, err == nil && s.object(name)
}

// collection reports whether path is that of all objects, "/o": it lists or inserts, and the names stand elsewhere.
func (s *scope) collection(path string) bool { return strings.HasSuffix(path, "/b/"+s.bucket+"/o") }

// checkParams looks at the names in a query string: of what is listed, and of what is inserted. Where a bucket is shared, a
// list must say a prefix, and it must be the tenant's. How the cloud reads a parameter that is given twice is not for us to
// guess.
func (s *scope) checkParams(query string, list bool) error {
	if !s.shared() {
		return nil
	}
	params, err := url.ParseQuery(query)
	if err != nil {
		return refuse(ErrForeign, "query %q", query)
	}
	for key, values := range params {
		if len(values) != 1 {
			return refuse(ErrForeign, "parameter %s: %q", key, values)
		}
	}
	if name, set := params["name"]; set && !s.object(name[0]) {
		return refuse(ErrForeign, "parameter name: %q", name[0])
	}
	if prefix := params.Get("prefix"); list && !strings.HasPrefix(prefix, s.prefix) {
		return refuse(ErrForeign, "a list of %q", prefix)
	}
	return nil
}

// maxObjectName is how long an object's name may be, in bytes.
const maxObjectName = 1024

// objectName reports whether name may name an object: what Cloud Storage allows, without segments that some step on the
// way could resolve, and without control characters.
func objectName(name string) bool {
	return len(name) <= maxObjectName && !dotted("/"+name) && strings.IndexFunc(name, notInName) < 0
}

// notInName also refuses U+FFFD, which is what an invalid byte of UTF-8 reads as.
func notInName(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\uFFFD' }
