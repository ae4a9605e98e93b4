package storage

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode/utf8"
)

var bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*[a-z0-9]$`)

// checkBucketName refuses what cannot name a new bucket. Names that contain dots are domains, which
// Google wants verified; here only their form is checked. The first segments of the JSON API's
// paths are refused too: they would be ambiguous.
func checkBucketName(name string) error {
	bad := len(name) < 3 || len(name) > 222 || !bucketForm.MatchString(name) || strings.Contains(name, "..") ||
		strings.HasPrefix(name, "goog") || strings.Contains(name, "google") || reserved[name]
	for part := range strings.SplitSeq(name, ".") {
		bad = bad || len(part) > 63
	}
	if _, err := netip.ParseAddr(name); err == nil || bad {
		return refuseWith(400, "invalid", "InvalidBucketName", "Invalid bucket name: '%s'", name)
	}
	return nil
}

// checkObjectName refuses what cannot name an object.
func checkObjectName(name string) error {
	if name == "" {
		return refuseWith(400, "required", "InvalidObjectName", "Required")
	}
	if len(name) > 1024 || !utf8.ValidString(name) || strings.ContainsAny(name, "\x00\r\n") || name == "." || name == ".." ||
		strings.HasPrefix(name, ".well-known/acme-challenge/") {
		return refuseWith(400, "invalid", "InvalidObjectName", "Invalid object name.")
	}
	return nil
}
