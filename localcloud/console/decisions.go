package console

import (
	"net/http"
	"strings"
)

const maxLines = 200 // on the page; the script in assets/live.js shows what the page has

// decisionsView is the running list, narrowed by what the query asks for.
type decisionsView struct {
	Denied    bool   // only denied ones
	Routine   bool   // housekeeping too
	Caller    string // the parts that the account, the method or permission, and the resource must contain
	Method    string
	Resource  string
	Paused    bool // the page does not go on by itself
	Decisions []line
	Remaining int    // lines that matched and are not shown
	Hidden    int    // decisions that matched and are housekeeping
	Toggle    string // the same list, paused or not
	Refresh   string // the same list
	All       string // the same list, with housekeeping
	CanTry    bool   // there is somebody whose key can be tried
}

func (c *console) decisions(r *http.Request) (sheet, error) {
	q := r.URL.Query()
	v := decisionsView{
		Denied: q.Get("only") == "denied", Routine: q.Get("housekeeping") == "show", Paused: q.Get("paused") == "yes",
		Caller: q.Get("caller"), Method: q.Get("method"), Resource: q.Get("resource"), CanTry: c.canTry(),
	}
	for _, d := range c.lines() {
		switch {
		case !v.matches(d):
		case !v.Routine && c.housekeeping(d.Decision):
			v.Hidden += d.Count
		case len(v.Decisions) == maxLines:
			v.Remaining++
		default:
			v.Decisions = append(v.Decisions, d)
		}
	}
	v.Refresh, v.Toggle = v.address(v.Paused), v.address(!v.Paused)
	all := v
	all.Routine = true
	v.All = all.address(v.Paused)
	return sheet{Data: v}, nil
}

func (v decisionsView) matches(d line) bool {
	return !(v.Denied && d.Allowed) &&
		(contains(d.Caller, v.Caller) || contains(d.Who, v.Caller)) &&
		(contains(d.Resource, v.Resource) || contains(d.Where, v.Resource)) &&
		(contains(d.Method, v.Method) || contains(d.Permission, v.Method))
}

// contains reports whether part is in s, whatever their case.
func contains(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}

func (v decisionsView) address(paused bool) string {
	word := func(yes bool, word string) string {
		if yes {
			return word
		}
		return ""
	}
	return address("/decisions", "only", word(v.Denied, "denied"), "housekeeping", word(v.Routine, "show"),
		"caller", v.Caller, "method", v.Method, "resource", v.Resource, "paused", word(paused, "yes"))
}

// Filtered reports whether the list is narrowed at all, other than by hiding housekeeping.
func (v decisionsView) Filtered() bool {
	return v.Denied || v.Caller != "" || v.Method != "" || v.Resource != ""
}
