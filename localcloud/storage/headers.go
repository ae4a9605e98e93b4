package storage

import (
	"slices"
	"strings"
)

const metaPrefix = "X-Goog-Meta-"

// The extension headers that each API knows. The rest of the x-goog- family is refused, for each
// changes what a request does.
var (
	jsonHeaders = []string{
		"X-Goog-Api-Client", "X-Goog-User-Project", "X-Goog-Gcs-Idempotency-Token", "X-Goog-Request-Params",
		"X-Goog-Hash", "X-Goog-Content-Length-Range",
	}
	xmlHeaders = append([]string{
		"X-Goog-Date", "X-Goog-Content-Sha256", "X-Goog-Resumable", "X-Goog-Storage-Class", "X-Goog-Custom-Time",
		"X-Goog-If-Generation-Match", "X-Goog-If-Metageneration-Match",
	}, jsonHeaders...)
)

// refuseHeaders refuses headers that ask for what the service does not do.
func refuseHeaders(c *call) error {
	known := jsonHeaders
	if c.xml() {
		known = xmlHeaders
	}
	for name := range c.r.Header {
		extends := hasFold(name, "X-Amz-") || hasFold(name, "X-Goog-") && !(c.xml() && hasFold(name, metaPrefix))
		if extends && !slices.Contains(known, name) {
			return unsupported("Header %s is not supported.", name)
		}
	}
	if c.route.sendsContent() {
		return nil
	}
	for _, name := range []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
		if c.r.Header.Get(name) != "" {
			return unsupported("Header %s is not supported here; use a generation.", name)
		}
	}
	return nil
}

// hasFold reports whether a header's name begins with prefix, in any case.
func hasFold(name, prefix string) bool {
	return len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}
