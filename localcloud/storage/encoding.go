package storage

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// transcodes reports whether a content stored compressed is to be sent decompressed: to a client
// that did not say it can do that itself.
func transcodes(r *http.Request, o store.Object) bool {
	return o.Settings.ContentEncoding == "gzip" && !strings.Contains(o.Settings.CacheControl, "no-transform") &&
		!acceptsGzip(r.Header.Values("Accept-Encoding"))
}

// acceptsGzip reads Accept-Encoding. A coding of weight 0 is not acceptable.
//
// https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
func acceptsGzip(lists []string) bool {
	any := false
	for item := range strings.SplitSeq(strings.Join(lists, ","), ",") {
		coding, params, _ := strings.Cut(item, ";")
		switch strings.ToLower(strings.Trim(coding, " \t")) {
		case "gzip", "x-gzip":
			return weight(params) > 0
		case "*":
			any = weight(params) > 0
		}
	}
	return any
}

// weight reads the q of an item; 1 when it has none, 0 when it has none that can be read.
func weight(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.Trim(p, " \t"), "=")
		if !strings.EqualFold(name, "q") {
			continue
		}
		q, err := strconv.ParseFloat(value, 64)
		if err != nil || q < 0 {
			return 0
		}
		return q
	}
	return 1
}
