package main

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// printable is s as a terminal may show it: in quotes, if anything in it is no visible character. A
// file's name can hold what moves a cursor.
func printable(s string) string {
	hidden := func(r rune) bool { return !strconv.IsPrint(r) }
	if !utf8.ValidString(s) || strings.ContainsFunc(s, hidden) {
		return strconv.Quote(s)
	}
	return s
}
