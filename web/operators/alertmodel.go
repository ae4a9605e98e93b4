package operators

import (
	"net/url"
	"strconv"
	"time"

	"github.com/bulkhead-saas/bulkhead/web/view/records"
)

// AlertList is a part of the open alerts.
type AlertList struct {
	Groups []AlertGroup
	Next   string // after which alert the next part begins; empty at the end
}

// AlertGroup is the open alerts of one subject for one reason.
type AlertGroup struct {
	Row         records.Row // of the newest
	IDs         string      // of all of them, with spaces between
	Times       int64       // how many attempts they stand for
	First, Last time.Time
}

// ClosedList is a part of the closed alerts.
type ClosedList struct {
	Alerts []ClosedAlert
	Next   string // after which alert the next part begins; empty at the end
}

// ClosedAlert is an alert that an operator has looked into.
type ClosedAlert struct {
	Row    records.Row
	Times  int64  // how many attempts it stands for
	By     string // who closed it
	Closed time.Time
}

// CloseQuestion is the alerts that an operator is about to close.
type CloseQuestion struct {
	IDs   string // with spaces between
	Count int
}

func (g AlertGroup) count() string { return strconv.FormatInt(g.Times, 10) }

// field is the name of the group's field in the form: a form has no field twice.
func (g AlertGroup) field(i int) string { return chosenField + strconv.Itoa(i) }

func (a ClosedAlert) count() string { return strconv.FormatInt(a.Times, 10) }

func (q CloseQuestion) count() string { return strconv.Itoa(q.Count) }

// earlier is where a page of alerts continues.
func earlier(page, before string) string { return page + "?" + url.Values{"before": {before}}.Encode() }

func chosenVariant(chosen bool) string {
	if chosen {
		return "outline"
	}
	return "ghost"
}
