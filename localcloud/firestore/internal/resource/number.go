package resource

import (
	"cmp"
	"strconv"
	"strings"
)

// number returns the number that the id of a document stands for: __id7__ is 7. The service keeps
// this form for the numeric ids of Datastore, which has no 0; a number has one form only.
func number(id string) (n int64, ok bool) {
	digits, ok := strings.CutPrefix(id, "__id")
	if !ok {
		return 0, false
	}
	if digits, ok = strings.CutSuffix(digits, "__"); !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil && n != 0 && strconv.FormatInt(n, 10) == digits
}

// CompareIDs orders ids of documents: numbers by their value, then names by their UTF-8 bytes. The
// empty string, which is no id, comes first.
func CompareIDs(a, b string) int {
	x, isX := number(a)
	y, isY := number(b)
	switch {
	case isX && isY:
		return cmp.Compare(x, y)
	case isX && b != "":
		return -1
	case isY && a != "":
		return 1
	}
	return strings.Compare(a, b)
}
