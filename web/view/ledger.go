package view

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Ledger is a part of the ledger, newest first.
type Ledger struct {
	Rows     []LedgerRow
	Next     string // where the earlier part begins; empty at the end
	Decision string // which rows: "vended", "denied", "failed" or all
	Tenant   string // whose rows, as an operator typed it; empty: all, or the workspace's own
	Error    string // one sentence about the filter
}

// LedgerRow is one decision.
type LedgerRow struct {
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
}

// OperatorShell is the frame around every page of operators.
type OperatorShell struct {
	Email   string
	Section string // "alerts" or "ledger"
	Notice  Notice
}

// OperatorSignIn is the operators' sign-in page.
type OperatorSignIn struct {
	Email  string // as typed
	Error  string // one sentence, or empty
	Notice string
}

// address is where a part of the ledger is shown.
func (l Ledger) address(page, decision, before string) string {
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
func (l Ledger) variant(decision string) string {
	if l.Decision == decision {
		return "outline"
	}
	return "ghost"
}

func (r LedgerRow) called() string {
	if r.Who == "" {
		return "Somebody unknown"
	}
	return r.Who
}

// by says in what capacity they came.
func (r LedgerRow) by() string {
	text := r.Method
	if text == "door" {
		text = "refused at the door"
	}
	if r.Role != "" {
		text = titled(r.Role) + ", by " + r.Method
	}
	if r.Tenant != "" {
		text = r.Tenant + " · " + text
	}
	return text
}

// short is the beginning of a long identifier: enough to tell two apart, with the whole in the title beside it.
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
func (r LedgerRow) decided() string {
	switch r.Decision {
	case "vended":
		text := "Let in"
		if r.Scope != "" {
			text += ", " + r.Scope
		}
		if r.Warm > 0 {
			text = titled(r.Scope) + ", " + strconv.FormatInt(r.Warm, 10) + " more"
		}
		return text
	case "denied":
		return "Refused"
	}
	return "Not decided"
}

// status is the colour of the decision.
func (r LedgerRow) status() string {
	switch r.Decision {
	case "vended":
		return "active"
	case "denied":
		return "disabled"
	}
	return "invited"
}
