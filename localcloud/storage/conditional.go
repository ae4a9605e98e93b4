package storage

import (
	"net/http"
	"strings"
	"time"
)

// checkConditional evaluates the conditions that a reader's headers put, in the order of RFC 9110.
// The errors are errPrecondition and errNotModified.
//
// https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
func checkConditional(h http.Header, etag string, modified time.Time) error {
	modified = modified.Truncate(time.Second)
	if v := h.Values("If-Match"); len(v) > 0 {
		if !listsTag(v, etag) {
			return errPrecondition
		}
	} else if since, err := http.ParseTime(h.Get("If-Unmodified-Since")); err == nil && modified.After(since) {
		return errPrecondition
	}
	if v := h.Values("If-None-Match"); len(v) > 0 {
		if listsTag(v, etag) {
			return errNotModified
		}
	} else if since, err := http.ParseTime(h.Get("If-Modified-Since")); err == nil && !modified.After(since) {
		return errNotModified
	}
	return nil
}

// rangeApplies reports whether a Range header is to be looked at: there is no If-Range, or it names
// this very content.
func rangeApplies(h http.Header, etag string, modified time.Time) bool {
	v := h.Get("If-Range")
	if v == "" || v == etag {
		return true
	}
	at, err := http.ParseTime(v)
	return err == nil && at.Equal(modified.Truncate(time.Second))
}

// listsTag reports whether a list of entity tags holds tag, or is "*". Contents have strong tags
// alone, so a weak one that somebody lists differs from each.
func listsTag(lists []string, tag string) bool {
	for one := range strings.SplitSeq(strings.Join(lists, ","), ",") {
		if one = strings.Trim(one, " \t"); one == tag || one == "*" {
			return true
		}
	}
	return false
}
