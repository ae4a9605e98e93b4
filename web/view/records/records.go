package records

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Part is a part of the ledger, newest first.
type Part struct {
	Rows     []Row
	Next     string // where the earlier part begins; empty at the end
	Decision string // which rows: "vended", "denied", "failed" or all
	Tenant   string // whose rows, as an operator typed it; empty: all, or the workspace's own
	Error    string // one sentence about the filter
}

// Row is one decision.
type Row struct {
	ID       string
	At       time.Time
	Decision string // "vended", "denied" or "failed"
	Alert    bool
	Tenant   string // for operators: the workspace; empty on a workspace's own page
	Who      string // name or identifier; empty: nobody who is known
	Role     string
	Method   string // how they proved who they are
	Scope    string // what they were given: "read-only", "read-write", "sign-in"
	Account  string // the service account that acted for them
	Key      string
	Route    string
	Request  string
	Why      string // of a refusal
	Warm     int64  // how often the same was given again
	Times    int64  // how many refusals it sums up
}

// RowOf returns a record of the ledger as a page shows it: without the tenant, and with the
// identifier of who it was.
func RowOf(r ledger.Row) Row {
	return Row{
		ID: r.ID, At: r.Time, Decision: string(r.Decision), Alert: r.Alert, Who: r.Subject, Role: r.Role,
		Method: r.Method, Scope: r.Scope, Account: r.Account, Key: r.KeyID, Route: r.Route,
		Request: r.Request, Why: r.Reason, Warm: r.Warm, Times: r.Times(),
	}
}

// address is where a part of the ledger is shown.
func (l Part) address(page, decision, before string) string {
	q := url.Values{}
	for name, value := range map[string]string{"tenant": l.Tenant, "decision": decision, "before": before} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return page
	}
	return page + "?" + q.Encode()
}

// variant is the look of the choice of decision.
func (l Part) variant(decision string) string {
	if l.Decision == decision {
		return "outline"
	}
	return "ghost"
}

// Called is who it was, for people.
func (r Row) Called() string {
	if r.Who == "" {
		return "Somebody unknown"
	}
	return r.Who
}

// By says in what capacity they came.
func (r Row) By() string {
	text := r.Method
	if text == "door" {
		text = "refused at the door"
	}
	if r.Role != "" {
		text = view.Titled(r.Role) + ", by " + r.Method
	}
	if r.Tenant != "" {
		text = r.Tenant + " · " + text
	}
	return text
}

// short is the beginning of a long identifier: enough to tell two apart, with the whole in the
// title beside it.
func short(id string) string {
	const most = 8
	if runes := []rune(id); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return id
}

// accountName is what comes before a service account's domain, which is the same for all.
func accountName(email string) string {
	name, _, _ := strings.Cut(email, "@")
	return name
}

// decided says the decision in words.
func (r Row) decided() string {
	switch r.Decision {
	case "vended":
		text := "Let in"
		if r.Scope != "" {
			text += ", " + r.Scope
		}
		if r.Warm > 0 {
			text = view.Titled(r.Scope) + ", " + strconv.FormatInt(r.Warm, 10) + " more"
		}
		return text
	case "denied":
		return r.repeated("Refused")
	}
	return r.repeated("Not decided")
}

// repeated adds how often, if it was more than once.
func (r Row) repeated(text string) string {
	if r.Times > 1 {
		text += ", " + strconv.FormatInt(r.Times, 10) + " times"
	}
	return text
}

// status is the colour of the decision.
func (r Row) status() string {
	switch r.Decision {
	case "vended":
		return "active"
	case "denied":
		return "disabled"
	}
	return "invited"
}
