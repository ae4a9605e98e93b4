package api

import (
	"strconv"
	"strings"
)

// Tag is the entity tag of a version (RFC 9110, section 8.8.3).
func Tag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// Matches is the comparison of If-Match (RFC 9110, section 13.1.1). A weak tag never matches.
func Matches(condition, tag string) bool {
	for one := range strings.SplitSeq(condition, ",") {
		if one = strings.TrimSpace(one); one == tag || one == "*" {
			return true
		}
	}
	return false
}
