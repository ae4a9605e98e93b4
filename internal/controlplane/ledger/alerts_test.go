package ledger_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// TestAlerts: a subject that tries for hours hides no other alert; alerts come in parts, are closed
// together, and who closed them stays known.
func TestAlerts(t *testing.T) {
	w := vendingtest.Start(t)
	b := open(t, w)
	defer b.shut(t)
	ctx := t.Context()
	acme, globex := tenant.NewID(), tenant.NewID()
	began := time.Now().Add(-24 * time.Hour).UTC().Truncate(time.Microsecond)
	olga := closer(t)
	b.Add(alert(globex, "eve", "asked for acme", began))
	for i := range 250 { // each of a minute of its own
		b.Add(alert(acme, "mallory", "asked for globex", began.Add(time.Duration(i+1)*time.Minute)))
	}
	if err := b.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	page, err := b.OpenAlerts(ctx, "")
	if err != nil || len(page.Groups) != 2 || page.Next != "" {
		t.Fatalf("%d groups, next %q, %v; want 2", len(page.Groups), page.Next, err)
	}
	flood, other := page.Groups[0], page.Groups[1]
	if flood.Times() != 250 || other.Times() != 1 || other[0].Row.Subject != "eve" {
		t.Errorf("%d and %d alerts", flood.Times(), other.Times())
	}

	var ids []string
	for _, a := range flood {
		ids = append(ids, a.Row.ID)
	}
	none := "20261122T000000.000000-AAAAAAAAAA"
	for name, tt := range map[string]struct {
		ids  []string
		want error
	}{
		"nothing":           {nil, ledger.ErrNoAlert},
		"what can be none":  {[]string{ids[0], "../x"}, ledger.ErrNoAlert},
		"what is not there": {[]string{none}, ledger.ErrNoAlert},
		"too many":          {many(none, ledger.MaxClosed+1), ledger.ErrQuery},
	} {
		if n, err := b.CloseAlerts(ctx, olga, tt.ids...); n != 0 || !errors.Is(err, tt.want) {
			t.Errorf("closing %s: %d, %v, want %v", name, n, err, tt.want)
		}
	}
	for _, want := range []int{250, 0} { // the second time changes nothing
		if n, err := b.CloseAlerts(ctx, olga, append(ids, ids[0])...); n != want || err != nil {
			t.Errorf("closed %d, %v, want %d", n, err, want)
		}
	}
	if page, err := b.OpenAlerts(ctx, ""); err != nil || len(page.Groups) != 1 {
		t.Errorf("still open: %+v, %v", page, err)
	}
	seen := map[string]bool{}
	for before, more := "", true; more; {
		page, err := b.ClosedAlerts(ctx, before)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Alerts {
			if a.By != "olga" || a.Email != "olga@bulkhead.test" || a.Closed.IsZero() || seen[a.Row.ID] {
				t.Fatalf("closed: %+v", a)
			}
			seen[a.Row.ID] = true
		}
		before, more = page.Next, page.Next != ""
	}
	if len(seen) != 250 {
		t.Errorf("%d closed alerts, want 250", len(seen))
	}
}

// TestOpenAlertsInParts: many groups come in parts, each once.
func TestOpenAlertsInParts(t *testing.T) {
	w := vendingtest.Start(t)
	b := open(t, w)
	defer b.shut(t)
	ctx := t.Context()
	acme := tenant.NewID()
	began := time.Now().UTC().Truncate(time.Microsecond)
	for i := range 430 { // at one time, so that the time alone does not order them
		b.Add(alert(acme, fmt.Sprint("person-", i), "asked for globex", began))
	}
	if err := b.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	parts := 0
	for before, more := "", true; more; parts++ {
		page, err := b.OpenAlerts(ctx, before)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range page.Groups {
			if seen[g[0].Row.Subject] {
				t.Errorf("%s comes twice", g[0].Row.Subject)
			}
			seen[g[0].Row.Subject] = true
		}
		before, more = page.Next, page.Next != ""
	}
	if len(seen) != 430 || parts != 3 {
		t.Errorf("%d alerts in %d parts, want 430 in 3", len(seen), parts)
	}
	for _, before := range []string{"x", "../x", "20261122T000000.000000-AAAAAAAAAA"} {
		_, err := b.OpenAlerts(ctx, before)
		_, err2 := b.ClosedAlerts(ctx, before)
		if !errors.Is(err, ledger.ErrQuery) || !errors.Is(err2, ledger.ErrQuery) {
			t.Errorf("after %q: %v, %v, want ErrQuery", before, err, err2)
		}
	}
}

func many(s string, n int) (all []string) {
	for range n {
		all = append(all, s)
	}
	return all
}
