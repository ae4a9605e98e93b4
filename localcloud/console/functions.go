package console

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// maxLabel is how many characters a name in a list or a title has. Its own page shows all of it.
const maxLabel = 100

var functions = template.FuncMap{
	"member":  member,
	"role":    roleURL,
	"clock":   clock,
	"date":    func(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") },
	"iso":     func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) },
	"short":   func(id string) string { return id[:min(len(id), 8)] },
	"local":   func(email string) string { name, _, _ := strings.Cut(email, "@"); return name },
	"reason":  reason,
	"visible": visible,
	"topic":   topicURL,
	"last":    lastPart,
	"label":   label,
	"hide":    hide,
	"size":    size,
	"count":   count,
	"why":     whyURL,
	"account": accountURL,
	"calls":   func(email string) string { return address("/decisions", "caller", email, "housekeeping", "show") },
	"join":    strings.Join,
	"letter":  letterURL,
	"plain":   plainText,
	"size64":  func(n int) string { return size(int64(n)) },
}

// clock is a time of today without the date.
func clock(t time.Time) string {
	const date = "2006-01-02"
	if t = t.Local(); t.Format(date) != time.Now().Format(date) {
		return t.Format(date + " 15:04:05")
	}
	return t.Format("15:04:05.000")
}

// reason is a decision's without the outcome, which stands beside it.
func reason(r string) string {
	return strings.TrimPrefix(strings.TrimPrefix(r, "allowed: "), "denied: ")
}

// visible writes out the characters of a name that would not show, or would make others show
// elsewhere.
func visible(s string) string {
	if strings.IndexFunc(s, unseen) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unseen(r) {
			fmt.Fprintf(&b, "‹U+%04X›", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plainText is visible for a text of several lines.
func plainText(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = visible(strings.ReplaceAll(line, "\t", "    "))
	}
	return strings.Join(lines, "\n")
}

// label is a name where there is little room for it.
func label(name string) string {
	short, _ := cut(visible(name), maxLabel)
	return short
}

func unseen(r rune) bool { return r != ' ' && !unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r) }

// size writes a number of bytes as people say it.
func size(n int64) string {
	const units = "KMGT"
	if n < 1024 {
		return count(int(n), "byte")
	}
	v, unit := float64(n), -1
	for v >= 1024 && unit < len(units)-1 {
		v, unit = v/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", v, units[unit])
}

// count writes a number of things: "1 field", "2 fields".
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}
