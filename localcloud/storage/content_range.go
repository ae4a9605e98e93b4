package storage

import (
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// contentRange is a Content-Range header: which bytes a request brings.
type contentRange struct {
	hasBytes    bool  // false: the request asks how far the upload has come, and may say its total
	first, last int64 // last is -1 when the body's end decides
	total       int64 // -1: not known yet
	toEnd       bool  // the content ends with the body
}

// parseContentRange reads "bytes 0-9/20", "bytes 0-9/*", "bytes */20", "bytes */*", and "" for a
// whole content. Clients that send all they have in one request write "bytes 0-*/20" and "bytes
// 0-*/*".
func parseContentRange(v string) (contentRange, error) {
	if v == "" {
		return contentRange{hasBytes: true, last: -1, total: -1, toEnd: true}, nil
	}
	bad := invalid("Header Content-Range is not of the form bytes FIRST-LAST/TOTAL.")
	span, ok := strings.CutPrefix(v, "bytes ")
	span, total, cut := strings.Cut(span, "/")
	if !ok || !cut {
		return contentRange{}, bad
	}
	r := contentRange{total: -1}
	var err error
	if total != "*" {
		if r.total, err = parseCount(total); err != nil {
			return contentRange{}, bad
		}
	}
	if span == "*" {
		return r, nil
	}
	first, last, cut := strings.Cut(span, "-")
	if !cut {
		return contentRange{}, bad
	}
	r.hasBytes = true
	if r.first, err = parseCount(first); err != nil {
		return contentRange{}, bad
	}
	if last == "*" {
		if r.total >= 0 && r.first > r.total {
			return contentRange{}, bad
		}
		r.last, r.toEnd = -1, r.total < 0
		return r, nil
	}
	if r.last, err = parseCount(last); err != nil || r.last < r.first || r.total >= 0 && r.last >= r.total {
		return contentRange{}, bad
	}
	return r, nil
}

// minPart is the least that a part other than the last may bring, in bytes.
const minPart = 256 << 10

// fits refuses a part that leaves a gap, that has another length than its range, or that is too
// short to be followed by others. The upload goes on after such a refusal.
func (r contentRange) fits(ses store.Session, length int64) error {
	if r.first > ses.Offset {
		return invalid("The upload has %d bytes; a part that begins at %d leaves a gap.", ses.Offset, r.first)
	}
	if !r.hasBytes || r.toEnd || length < 0 {
		return nil
	}
	if r.last < 0 {
		r.last = r.first + length - 1
	}
	if length != r.last-r.first+1 {
		return invalid("The body's length is not that of its Content-Range.")
	}
	if r.total >= 0 && r.last >= r.total {
		return invalid("More bytes were sent than the total announced.")
	}
	if r.last+1 != r.total && length < minPart {
		return invalid("The number of bytes uploaded is required to be equal or greater than %d, except for the final request. "+
			"The received request contained %d bytes, which does not meet this requirement.", minPart, length)
	}
	return nil
}
