package guard

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxParts is the greatest number of a part, as Cloud Storage counts them.
const maxParts = 10_000

// isParts reports whether a request is about an upload in parts, by the XML API:
// "/BUCKET/OBJECT?uploads", or with an "uploadId". Paths of the JSON API are none, whatever the
// bucket is called.
func isParts(path, query string) bool {
	return (query == "uploads" || strings.Contains(query, "uploadId=")) &&
		!strings.HasPrefix(path, "/storage/v1/") && !strings.HasPrefix(path, "/upload/storage/v1/")
}

// checkParts judges a request of the XML API. It allows what begins an upload in parts, lists its
// parts, completes it and gives it up; parts themselves are sent by signed requests alone. The name
// of an upload needs no memory of whom it was given to: the cloud takes it with the object that the
// upload is of and with no other, and that object is judged here.
func (g *Guard) checkParts(method, path, query string) error {
	escaped, ok := strings.CutPrefix(path, "/"+g.bucket+"/")
	name, err := url.PathUnescape(escaped)
	if !ok || g.bucket == "" || err != nil || !g.object(name) {
		return refuse(ErrForeign, "path %s", path)
	}
	need := Write
	switch method {
	case http.MethodPost, http.MethodDelete:
	case http.MethodGet:
		need = Read
	default:
		return refuse(ErrRefused, "%s of an upload in parts", method)
	}
	if !g.objects.Has(need) {
		return refuse(ErrNotPermitted, "%s %s", method, path)
	}
	if method == http.MethodPost && query == "uploads" {
		return nil
	}
	seen := make(map[string]bool, 3)
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if seen[key] {
			return refuse(ErrRefused, "parameter %q twice", key)
		}
		seen[key] = true
		switch {
		case key == "uploadId" && uploadName(value):
		case key == "part-number-marker" && method == http.MethodGet && partNumber(value):
		default:
			return refuse(ErrRefused, "parameter %q of an upload in parts", pair)
		}
	}
	if !seen["uploadId"] {
		return refuse(ErrRefused, "no upload in parts is named")
	}
	return nil
}

// signedPart judges the parameters of a signed request that sends a part: its number and its
// upload, both and each once, and nothing besides.
func signedPart(query url.Values) error {
	number, id := query["partNumber"], query["uploadId"]
	if len(query) != 2 || len(number) != 1 || len(id) != 1 || !partNumber(number[0]) || !uploadName(id[0]) {
		return refuse(ErrRefused, "signing a part with other parameters than its number and its upload")
	}
	return nil
}

// partNumber reports whether s is the number of a part, in the one way to write it.
func partNumber(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 1 && n <= maxParts && strconv.Itoa(n) == s
}

// uploadName reports whether s can name an upload in parts. It has only characters that mean
// themselves in a query.
func uploadName(s string) bool {
	if s == "" || len(s) > 1024 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte("-._~", c) < 0 {
			return false
		}
	}
	return true
}
