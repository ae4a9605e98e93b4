package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

// book is a ledger on a cloud of its own, with what it logs.
type book struct {
	*ledger.Ledger
	log *bytes.Buffer // read it once the ledger is closed
}

func open(t *testing.T, w *vendingtest.World) book {
	t.Helper()
	log := new(bytes.Buffer)
	return book{ledger.New(w.Web.Registry(), slog.New(slog.NewJSONHandler(log, nil)), nil), log}
}

// shut closes the ledger, and returns what it has logged.
func (b book) shut(t *testing.T) string {
	t.Helper()
	if err := b.Close(t.Context()); err != nil {
		t.Error(err)
	}
	return b.log.String()
}

// rows returns what is stored of a tenant.
func (b book) rows(t *testing.T, of tenant.ID) []ledger.Row {
	t.Helper()
	if err := b.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	page, err := b.Read(t.Context(), ledger.Query{Tenant: of, Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	return page.Rows
}

// alert is a row that is one.
func alert(of tenant.ID, subject, reason string, at time.Time) ledger.Row {
	return ledger.Row{
		Time: at, Decision: ledger.Denied, Alert: true, Tenant: of.String(), Subject: subject, Reason: reason,
	}
}

func TestText(t *testing.T) {
	for name, s := range map[string]string{
		"long":              strings.Repeat("x", 1000),
		"two bytes each":    strings.Repeat("é", 400),
		"shifted by one":    "x" + strings.Repeat("é", 400),
		"four bytes each":   strings.Repeat("\U0001F510", 300),
		"no UTF-8":          "a\xff\xfeb" + strings.Repeat("\xc3", 500),
		"cut by its sender": strings.Repeat("é", 100)[:199],
	} {
		got := ledger.Text(s)
		if !utf8.ValidString(got) || len(got) > 400 || name != "no UTF-8" && len(s) > 400 && len(got) < 397 {
			t.Errorf("%s: %d bytes, %q", name, len(got), got)
		}
	}
	if got := ledger.Text("as it is: é"); got != "as it is: é" {
		t.Errorf("a good text becomes %q", got)
	}
}

// TestABadRowCostsNoOther: what the database does not take is lost alone, and said to be.
func TestABadRowCostsNoOther(t *testing.T) {
	w := vendingtest.Start(t)
	b := open(t, w)
	acme, globex := tenant.NewID(), tenant.NewID()
	now := time.Now()
	b.Add(alert(acme, "mallory", "a name that is cut: "+strings.Repeat("é", 400)+"\xff", now))
	b.Add(alert(acme, "mallory", "a time that no database takes", time.Date(20_000, 1, 1, 0, 0, 0, 0, time.UTC)))
	for i := range 8 {
		b.Add(alert(globex, fmt.Sprint("person-", i), "asked for another", now))
	}
	if got := b.rows(t, acme); len(got) != 1 || !strings.HasPrefix(got[0].Reason, "a name that is cut: éé") {
		t.Errorf("acme's rows: %v", got)
	}
	if got := b.rows(t, globex); len(got) != 8 {
		t.Errorf("%d rows of globex, want 8", len(got))
	}
	if n := b.Lost(); n != 1 {
		t.Errorf("%d rows are lost, want 1", n)
	}
	log := b.shut(t)
	if !strings.Contains(log, `"level":"ERROR"`) || !strings.Contains(log, `"tenant":"`+acme.String()+`","rows":1,"lost":1`) {
		t.Errorf("the log does not say what is lost: %s", log)
	}
}

// TestAFloodLosesItsOwnRows: while nothing can be written, one tenant adds more than there is room
// for.
func TestAFloodLosesItsOwnRows(t *testing.T) {
	w := vendingtest.Start(t)
	b := open(t, w)
	acme, globex := tenant.NewID(), tenant.NewID()
	now := time.Now()
	stuck := w.Cloud.Faults().Add(fault.Rule{Method: "/google.firestore.v1.Firestore/Commit", Delay: time.Hour})
	for i := range ledger.LaneSize + 500 {
		b.Add(alert(acme, "mallory", fmt.Sprint("asked for ", i), now))
	}
	for i := range 20 {
		b.Add(alert(globex, "eve", fmt.Sprint("asked for ", i), now))
	}
	b.Add(ledger.Row{Time: now, Decision: ledger.Vended, Tenant: acme.String(), Subject: "ada"})
	stuck.Remove()
	if got := b.rows(t, globex); len(got) != 20 {
		t.Errorf("%d rows of globex, want 20", len(got))
	}
	vended, err := b.Read(t.Context(), ledger.Query{Tenant: acme, Decision: ledger.Vended})
	if err != nil || len(vended.Rows) != 1 {
		t.Errorf("acme's alerts pushed its other rows out: %v, %v", vended.Rows, err)
	}
	if n := b.Lost(); n < 400 || n > 500 { // those that were taken to be written made room
		t.Errorf("%d rows are lost, want about 500", n)
	}
	if log := b.shut(t); !strings.Contains(log, acme.String()) || strings.Contains(log, globex.String()) {
		t.Errorf("the log says something else than whose rows are lost: %s", log)
	}
}

// TestAFullQueueTakesFromTheLongestLane: tenants that flood together lose their own rows as well,
// and the lanes take turns.
func TestAFullQueueTakesFromTheLongestLane(t *testing.T) {
	q := ledger.NewQueue()
	globex := tenant.NewID()
	now := time.Now()
	for range ledger.QueueSize/ledger.LaneSize + 1 {
		flooding := tenant.NewID()
		for i := range ledger.LaneSize {
			q.Add(alert(flooding, "mallory", fmt.Sprint("asked for ", i), now))
		}
	}
	for i := range 20 {
		q.Add(alert(globex, "eve", fmt.Sprint("asked for ", i), now))
	}
	if want := int64(ledger.LaneSize + 20); q.Lost() != want {
		t.Errorf("%d rows are lost, want %d", q.Lost(), want)
	}
	mine := 0
	for range 4 {
		for _, r := range q.Take(100) {
			if r.Tenant == globex.String() {
				mine++
			}
		}
	}
	if mine != 20 {
		t.Errorf("%d rows of globex are among the first 400, want 20", mine)
	}
}

// TestRepeatsAreSummed: one subject refused again and again for one reason is one row, and one
// alert.
func TestRepeatsAreSummed(t *testing.T) {
	w := vendingtest.Start(t)
	b := open(t, w)
	ctx := t.Context()
	acme, globex := tenant.NewID(), tenant.NewID()
	began := time.Now().UTC().Truncate(time.Microsecond)
	repeat := func(times int, from time.Time) {
		for i := range times {
			b.Add(alert(acme, "mallory", "asked for globex", from.Add(time.Duration(i)*time.Millisecond)))
		}
	}
	one := func(what string, times int64, last time.Time) ledger.Row {
		t.Helper()
		got := b.rows(t, acme)
		if len(got) != 1 || got[0].Times() != times || !got[0].Time.Equal(began) || !got[0].Until().Equal(last) {
			t.Fatalf("%s: %+v, want one row of %d until %v", what, got, times, last)
		}
		return got[0]
	}
	repeat(1, began)
	one("the first", 1, began)
	repeat(49, began.Add(time.Second))
	row := one("repeats", 50, began.Add(time.Second+48*time.Millisecond))
	open, err := b.OpenAlerts(ctx, "")
	if err != nil || len(open.Groups) != 1 || len(open.Groups[0]) != 1 || open.Groups[0].Times() != 50 {
		t.Fatalf("alerts: %+v, %v", open, err)
	}

	olga := closer(t)
	if n, err := b.CloseAlerts(ctx, olga, row.ID); n != 1 || err != nil {
		t.Fatalf("closing: %d, %v", n, err)
	}
	repeat(2, began.Add(50*time.Second))
	one("repeats after it was closed", 52, began.Add(50*time.Second+time.Millisecond))
	closed, err := b.ClosedAlerts(ctx, "")
	if err != nil || len(closed.Alerts) != 1 || closed.Alerts[0].By != "olga" || closed.Alerts[0].Row.Times() != 52 {
		t.Errorf("a closed alert forgets who closed it, or how often: %+v, %v", closed, err)
	}

	repeat(1, began.Add(time.Minute))
	b.Add(alert(acme, "trudy", "asked for globex", began))
	b.Add(alert(acme, "mallory", "asked for initech", began))
	b.Add(alert(globex, "mallory", "asked for globex", began))
	failed := alert(acme, "mallory", "asked for globex", began)
	failed.Decision, failed.Alert = ledger.Failed, false
	b.Add(failed)
	if got := b.rows(t, acme); len(got) != 5 {
		t.Errorf("a minute later, another subject, reason and decision: %d rows, want 5", len(got))
	}
	for range 3 {
		b.Add(ledger.Row{Time: began, Decision: ledger.Vended, Tenant: globex.String(), Subject: "ada", Warm: 7})
	}
	if got := b.rows(t, globex); len(got) != 4 {
		t.Errorf("vends are not summed here: %d rows, want 4", len(got))
	}
	b.shut(t)
}

// TestCloseHasABound: a control plane that is away does not keep a process from ending.
func TestCloseHasABound(t *testing.T) {
	w := vendingtest.Start(t)
	b := open(t, w)
	w.Cloud.Faults().Add(fault.Rule{Method: "/google.firestore.v1.Firestore/*", Delay: time.Hour})
	acme := tenant.NewID()
	for i := range 250 {
		b.Add(alert(acme, "mallory", fmt.Sprint("asked for ", i), time.Now()))
	}
	err := b.CloseWithin(context.WithoutCancel(t.Context()), 50*time.Millisecond)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close: %v, want DeadlineExceeded", err)
	}
	b.Add(alert(acme, "mallory", "too late", time.Now()))
	if n := b.Lost(); n != 251 {
		t.Errorf("%d rows are lost, want 251", n)
	}
	if log := b.log.String(); !strings.Contains(log, `"rows":250,"lost":250`) {
		t.Errorf("the log does not say how many: %s", log)
	}
	w.Cloud.Faults().Clear()
}

// TestARowOfAnEarlierVersion: rows and alerts without counts are read, and one that cannot be read
// hides no other.
func TestARowOfAnEarlierVersion(t *testing.T) {
	w := vendingtest.Start(t)
	b := open(t, w)
	ctx := t.Context()
	acme := tenant.NewID()
	at := time.Now().UTC().Truncate(time.Microsecond)
	old := map[string]any{
		"time": at, "decision": "denied", "alert": true, "tenant": acme.String(), "subject": "eve", "reason": "x",
	}
	id := func(n int) string { return at.Format("20060102T150405.000000") + fmt.Sprintf("-AAAAAAAAA%c", 'A'+n) }
	batch := []error{
		set(ctx, w.Web.Registry().Collection("ledger").Doc(id(0)), old),
		set(ctx, w.Web.Registry().Collection("alerts").Doc(id(0)), map[string]any{"row": old, "open": true}),
		set(ctx, w.Web.Registry().Collection("ledger").Doc(id(1)),
			map[string]any{"time": at, "tenant": acme.String(), "subject": 7}),
		set(ctx, w.Web.Registry().Collection("alerts").Doc(id(1)),
			map[string]any{"row": map[string]any{"time": at, "subject": 7}, "open": true}),
	}
	if err := errors.Join(batch...); err != nil {
		t.Fatal(err)
	}
	if got := b.rows(t, acme); len(got) != 1 || got[0].Times() != 1 || !got[0].Until().Equal(at) {
		t.Errorf("rows: %+v", got)
	}
	got, err := b.OpenAlerts(ctx, "")
	if err != nil || len(got.Groups) != 1 || got.Groups[0].Times() != 1 {
		t.Errorf("alerts: %+v, %v", got, err)
	}
	if log := b.shut(t); strings.Count(log, "cannot be read") != 2 {
		t.Errorf("the log does not name both: %s", log)
	}
}

func set(ctx context.Context, at *firestore.DocumentRef, v any) error {
	_, err := at.Set(ctx, v)
	return err
}

func closer(t *testing.T) ledger.Closer {
	t.Helper()
	id, err := tenant.ParseUserID("olga")
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Closer{User: id, Email: "olga@bulkhead.test"}
}
