package storage

import (
	"net/http"
	"strconv"
	"strings"
)

// errRange refuses a range of which the content has no byte.
var errRange = refuseWith(http.StatusRequestedRangeNotSatisfiable, "requestedRangeNotSatisfiable", "InvalidRange",
	"The requested range cannot be satisfied.")

// byteRange is a part of a content.
type byteRange struct{ first, length int64 }

// resolveRange finds out which part of a content of size bytes a Range header asks for. partial is
// false when the whole is to be sent: there is no header, or one that RFC 9110 has servers ignore,
// as it is of another unit or not of the form. One that names several ranges is ignored, too, as
// Cloud Storage does. The error is errRange.
//
// https://www.rfc-editor.org/rfc/rfc9110#section-14.2
func resolveRange(header string, size int64) (r byteRange, partial bool, err error) {
	whole := byteRange{0, size}
	unit, set, ok := strings.Cut(header, "=")
	if !ok || !strings.EqualFold(unit, "bytes") {
		return whole, false, nil
	}
	spec, ok := onlyElement(set)
	if !ok {
		return whole, false, nil
	}
	first, last, ok := strings.Cut(spec, "-")
	if !ok || !isDigits(first) || !isDigits(last) || first+last == "" {
		return whole, false, nil
	}
	if first == "" {
		return suffixRange(position(last), size)
	}
	from, to := position(first), size-1
	if last != "" {
		if position(last) < from {
			return whole, false, nil
		}
		to = min(position(last), to)
	}
	if from >= size {
		return whole, false, errRange
	}
	return byteRange{from, to - from + 1}, true, nil
}

// suffixRange is the last n bytes. An empty content has none, which no Content-Range can say: it is
// sent whole.
func suffixRange(n, size int64) (byteRange, bool, error) {
	switch {
	case n == 0:
		return byteRange{}, false, errRange
	case size == 0:
		return byteRange{}, false, nil
	}
	n = min(n, size)
	return byteRange{size - n, n}, true, nil
}

// onlyElement returns the one element of a list that is not empty.
func onlyElement(list string) (element string, ok bool) {
	for e := range strings.SplitSeq(list, ",") {
		if e = strings.Trim(e, " \t"); e == "" {
			continue
		}
		if ok {
			return "", false
		}
		element, ok = e, true
	}
	return element, ok
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// position reads digits; what is greater than any content comes out as the greatest number.
func position(digits string) int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 1<<63 - 1
	}
	return n
}

// contentRangeOf is the Content-Range of a part of size bytes.
func (r byteRange) contentRangeOf(size int64) string {
	return "bytes " + strconv.FormatInt(r.first, 10) + "-" + strconv.FormatInt(r.first+r.length-1, 10) + "/" + strconv.FormatInt(size, 10)
}
