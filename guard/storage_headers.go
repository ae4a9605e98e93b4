package guard

import (
	"net/http"
	"net/textproto"
)

// checkHeaders refuses a request with a header that is not on the list of those that the official
// client sends. Those that are missing name another account (Authorization, X-Goog-User-Project),
// another method, another object, a key or an access list. A header under another spelling, or with
// two values, is refused: servers differ in which they take.
func checkHeaders(req *http.Request) error {
	for name, values := range req.Header {
		if !allowedHeader(name) {
			return refuse(ErrRefused, "header %q is not on the list", name)
		}
		if len(values) != 1 {
			return refuse(ErrRefused, "header %s is there %d times", name, len(values))
		}
	}
	if len(req.Trailer) > 0 {
		return refuse(ErrRefused, "a trailer")
	}
	return nil
}

// allowedHeader compares with the one spelling that net/http writes.
func allowedHeader(name string) bool {
	switch name {
	case "Accept", "Accept-Encoding", "Content-Range", "Content-Type", "If-Match", "If-None-Match", "Range", "User-Agent",
		"X-Goog-Api-Client", "X-Goog-Gcs-Idempotency-Token", "X-Goog-Hash", "X-Goog-Storage-Go-Features",
		"X-Guploader-No-308", "X-Upload-Content-Length", "X-Upload-Content-Type":
		return true
	}
	return false
}

// signedHeader reports whether a signed request may demand the header of whoever makes it. What is
// missing copies another object, opens the new one to others, or charges another project.
func signedHeader(name string) bool {
	switch textproto.CanonicalMIMEHeaderKey(name) {
	case "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Md5", "Content-Type", "Range",
		"X-Goog-Content-Length-Range", "X-Goog-Hash", "X-Goog-If-Generation-Match", "X-Goog-If-Metageneration-Match",
		"X-Goog-Resumable":
		return true
	}
	return false
}
