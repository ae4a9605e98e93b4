package view

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Path joins segments below a workspace's address, each escaped, so that no value can leave its
// segment.
func (w Workspace) Path(segments ...string) string {
	var b strings.Builder
	b.WriteString("/t/")
	b.WriteString(url.PathEscape(w.Slug))
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(s))
	}
	return b.String()
}

// keeps says in a few words what is the workspace's own. A pool is not called more than it is.
func (w Workspace) keeps() string {
	switch w.Isolation {
	case "silo":
		return "Own database, bucket and key"
	case "pool":
		return "Shared database, kept apart by Bulkhead"
	}
	return "Isolation unknown"
}

// Kept is keeps on one line with the region.
func (w Workspace) Kept() string {
	keeps := w.keeps()
	return w.Region + " · " + strings.ToLower(keeps[:1]) + keeps[1:]
}

// called is the account's name, or its address where there is none.
func (a Account) called() string {
	if a.Name != "" {
		return a.Name
	}
	return a.Email
}

// Initials are at most two capital letters: of a name, or of an address before its @.
func Initials(name string) string {
	name, _, _ = strings.Cut(name, "@")
	var letters []rune
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' }) {
		r, _ := utf8.DecodeRuneInString(word)
		if letters = append(letters, unicode.ToUpper(r)); len(letters) == 2 {
			break
		}
	}
	return string(letters)
}

// Titled is an identifier of ours as people read it: "admin" is "Admin".
func Titled(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// Bytes is a size as people read it, in decimal units: "4.2 MB".
func Bytes(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	size, unit := float64(n), 0
	for size >= 999.5 && unit < len(units)-1 {
		size, unit = size/1000, unit+1
	}
	precision := 0
	if size < 9.95 {
		precision = 1
	}
	text := strings.TrimSuffix(strconv.FormatFloat(size, 'f', precision, 64), ".0")
	return text + " " + units[unit]
}

var units = [...]string{"B", "kB", "MB", "GB", "TB"}

// StatusText says a file's or a person's status in a word.
func StatusText(status string) string {
	if status == "pending" {
		return "Uploading"
	}
	return Titled(status)
}
