package console

import (
	"net/http"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

const (
	everything   = 1 << 20 // more decisions than are ever remembered
	maxDecisions = 200     // on the page; the script in assets/live.js keeps as many
)

// decisionsView is the running list, narrowed by what the query asks for.
type decisionsView struct {
	Denied    bool   // only denied ones
	Caller    string // the parts that the account, the method or permission, and the resource must contain
	Method    string
	Resource  string
	Paused    bool // the page does not go on by itself
	Decisions []iam.Decision
	Remaining int    // that matched and are not shown
	Toggle    string // the same list, paused or not
	Refresh   string // the same list
}

func (c *console) decisions(r *http.Request) (sheet, error) {
	q := r.URL.Query()
	v := decisionsView{
		Denied: q.Get("only") == "denied", Paused: q.Get("paused") == "yes",
		Caller: q.Get("caller"), Method: q.Get("method"), Resource: q.Get("resource"),
	}
	for _, d := range c.IAM.Decisions(everything) {
		switch {
		case !v.matches(d):
		case len(v.Decisions) == maxDecisions:
			v.Remaining++
		default:
			v.Decisions = append(v.Decisions, d)
		}
	}
	v.Refresh, v.Toggle = v.address(v.Paused), v.address(!v.Paused)
	return sheet{Data: v}, nil
}

func (v decisionsView) matches(d iam.Decision) bool {
	return !(v.Denied && d.Allowed) && contains(d.Caller, v.Caller) && contains(d.Resource, v.Resource) &&
		(contains(d.Method, v.Method) || contains(d.Permission, v.Method))
}

// contains reports whether part is in s, whatever their case.
func contains(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}

func (v decisionsView) address(paused bool) string {
	only, hold := "", ""
	if v.Denied {
		only = "denied"
	}
	if paused {
		hold = "yes"
	}
	return address("/decisions", "only", only, "caller", v.Caller, "method", v.Method, "resource", v.Resource, "paused", hold)
}

// Filtered reports whether the list is narrowed at all.
func (v decisionsView) Filtered() bool {
	return v.Denied || v.Caller != "" || v.Method != "" || v.Resource != ""
}
