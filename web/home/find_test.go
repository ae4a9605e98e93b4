package home_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// TestWhichWorkspace: an address is answered by its domain alone, and only by those who have proven
// it; the answer is the same whether or not anybody has the address.
func TestWhichWorkspace(t *testing.T) {
	h := webtest.Open(t)
	now := time.Now()
	proven := authpolicy.Domain{Name: "acme.test", Challenge: authpolicy.NewChallenge(), Proven: now, Checked: now}
	claimed, lost := proven, proven
	claimed.Proven = time.Time{}
	lost.Failing = now.Add(-authpolicy.ProofGrace)
	set := func(of vendingtest.Tenant, domains ...authpolicy.Domain) {
		t.Helper()
		_, err := h.Policies.Change(t.Context(), of.ID, authpolicies.AnyVersion, func(p authpolicy.Policy) (authpolicy.Policy, error) {
			p.Domains = domains
			return p, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	ask := func(email string) (int, string) {
		w := h.Form("/", url.Values{"email": {email}})
		return w.Code, w.Body.String()
	}
	shows := func(what, body string, acme, globex bool) {
		t.Helper()
		if strings.Contains(body, `href="/t/acme/sign-in"`) != acme || strings.Contains(body, `href="/t/globex/sign-in"`) != globex {
			t.Errorf("%s: acme %v and globex %v are wanted, in %.3000s", what, acme, globex, body)
		}
	}

	_, body := ask(h.Acme.Admin.Email)
	shows("nobody has proven it", body, false, false)
	if !strings.Contains(body, "Ask a colleague") {
		t.Error("it does not say what to do next")
	}
	set(h.Globex, claimed)
	_, body = ask(h.Acme.Admin.Email)
	shows("globex claims it and has not proven it", body, false, false)
	set(h.Globex, lost)
	_, body = ask(h.Acme.Admin.Email)
	shows("globex has lost it", body, false, false)
	set(h.Acme, proven)
	_, existing := ask(h.Acme.Admin.Email)
	shows("acme has proven it", existing, true, false)
	for _, email := range []string{"nobody@acme.test", "ADMIN@ACME.TEST", " admin@acme.test "} {
		if code, other := ask(email); code != 200 || cmp.Diff(existing, other) != "" {
			t.Errorf("%s is answered otherwise: %d\n%s", email, code, cmp.Diff(existing, other))
		}
	}
	if strings.Contains(existing, h.Acme.Admin.Email) {
		t.Error("the answer holds the address")
	}
	_, body = ask("admin@sub.acme.test")
	shows("a domain beneath", body, false, false)
	set(h.Globex, proven)
	_, body = ask("nobody@acme.test")
	shows("both have proven it", body, true, true)

	for _, email := range []string{"", "acme.test", "@acme.test", "a@", "Ada <ada@acme.test>", "ada@localhost", "a@b@acme.test", strings.Repeat("a", 300) + "@acme.test"} {
		if code, body := ask(email); code != 422 || !strings.Contains(body, "whole e-mail address") {
			t.Errorf("%q: %d %.300s", email, code, body)
		}
	}
	webtest.WantPage(t, "a hint at the sign-in page chooses nothing", h.Call("GET", "/t/acme/sign-in?login_hint=admin@globex.test", ""), 200, `action="/t/acme/sign-in"`)
}

// TestWhichWorkspaceIsNotForGuessing: too many questions from one address are 429.
func TestWhichWorkspaceIsNotForGuessing(t *testing.T) {
	h := webtest.Open(t)
	limits := webtest.Unlimited
	limits.Guesses = 1
	h.Handler = h.Site(t, limits)
	codes := map[int]int{}
	for range 10 {
		codes[h.Form("/", url.Values{"email": {"a@acme.test"}}).Code]++
	}
	if codes[200] < 1 || codes[429] < 5 || codes[200]+codes[429] != 10 {
		t.Errorf("ten questions at once: %v", codes)
	}
}
