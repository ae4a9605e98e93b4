package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// alertsOf returns the ledger's alerts that a person has raised.
func alertsOf(t *testing.T, h *webtest.House, p vendingtest.Person) (alerts []ledger.Row) {
	t.Helper()
	if err := h.Ledger.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	page, err := h.Ledger.Read(t.Context(), ledger.Query{Tenant: p.Tenant.ID, Decision: ledger.Denied, Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range page.Rows {
		if r.Alert && r.Subject == p.ID.String() {
			alerts = append(alerts, r)
		}
	}
	return alerts
}

// reachingAcross: each credential of acme's that is shown to globex raises an alert that names who
// it was and what was asked for.
func reachingAcross(t *testing.T, h *webtest.House) {
	eve := h.Add(t, h.Acme, "eve@acme.test", h.Acme.Viewer.Role)
	tokens, err := h.Services.SignIn.SignInWithPassword(t.Context(), h.Acme.Tenant, eve.Email, eve.Password)
	if err != nil {
		t.Fatal(err)
	}
	cookie := h.SignIn(t, eve)
	renamed := func(r *http.Request) {
		cookie(r)
		r.Header.Set("Cookie", strings.Replace(r.Header.Get("Cookie"), "__Host-bh-acme", "__Host-bh-globex", 1))
	}
	globex := []func(*http.Request){webtest.Header("X-TenantId", "globex"), webtest.Header("Content-Type", "application/json")}
	want := int64(0)
	for _, attempt := range []struct {
		name string
		try  func() bool
	}{
		{"her refresh token", func() bool {
			return h.Call("POST", "/api/v1/token", `{"refreshToken":"`+tokens.Refresh+`"}`, globex...).Code == 403
		}},
		{"her initial token", func() bool {
			return h.Call("POST", "/api/v1/token", `{"idToken":"`+h.InitialToken(t, eve)+`"}`, globex...).Code == 403
		}},
		{"her cookie", func() bool { return h.Call("GET", "/t/globex/files", "", renamed).Code == 303 }},
		{"her cookie, to sign out", func() bool { return h.Form("/t/globex/sign-out", nil, renamed).Code < 500 }},
		{"her bearer token", func() bool {
			return h.Call("GET", "/api/v1/users", "", append(globex, webtest.Header("Authorization", "Bearer "+tokens.ID))...).Code == 403
		}},
	} {
		if !attempt.try() {
			t.Errorf("%s is answered otherwise", attempt.name)
		}
		want++
		rows := alertsOf(t, h, eve)
		if len(rows) != 1 || rows[0].Times() != want || rows[0].Reason != "asked for tenant "+h.Globex.ID.String() {
			t.Fatalf("%s: %+v, want %d attempts", attempt.name, rows, want)
		}
	}
	rows := alertsOf(t, h, eve)
	own := h.Call("GET", "/api/v1/users", "", webtest.Header("Authorization", "Bearer "+tokens.ID), webtest.Header("X-TenantId", "acme"))
	if again := alertsOf(t, h, eve); own.Code != 200 || again[0].Times() != rows[0].Times() {
		t.Errorf("her own tenant: %d, %+v", own.Code, again)
	}

	// Attempts count against the share of the tenant that they come from, and beyond it nothing is
	// recorded.
	limited := *h
	limited.Handler = h.Site(t, door.Limits{Rate: 5, InFlight: 4, SignIns: 1e6})
	refused := int64(0)
	const tries = 200
	for range tries {
		w := limited.Call("GET", "/api/v1/users", "", append(globex, webtest.Header("Authorization", "Bearer "+tokens.ID))...)
		if w.Code == http.StatusTooManyRequests {
			refused++
		} else if w.Code != 403 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if n := alertsOf(t, h, eve)[0].Times() - want; refused < tries/2 || n != tries-refused {
		t.Errorf("%d of %d attempts were answered 429, and %d recorded", refused, tries, n)
	}
	if w := limited.Call("GET", "/api/v1/users", "", h.Bearer(t, h.Globex.Viewer, "globex")); w.Code != 200 {
		t.Errorf("globex pays for acme: %d %s", w.Code, w.Body)
	}
}
