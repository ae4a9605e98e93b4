package authsettings_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/app/apptest"
	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/localcloud/dns"
)

// TestDomains: refused, never proven, proven by two tenants each for itself, gone, and gone for
// good; what DNS cannot say changes nothing.
func TestDomains(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	none := authpolicy.ProviderID{}
	admin, globex := w.Grant(t, w.Acme.Admin), w.Grant(t, w.Globex.Admin)
	for _, name := range []string{
		"", "acme", "co.uk", "github.io", "127.0.0.1", "2001:db8::1", "Acme.Bulkhead.Test", "a b.example", "ada@acme.example",
		"https://acme.example", strings.Repeat("a", 64) + ".example", "*.acme.example", "acme..example", "acme.example.",
	} {
		if _, err := w.AddDomain(ctx, admin, 0, name, none); !errors.Is(err, authsettings.ErrInvalid) || authsettings.Sentence(err) == "" {
			t.Errorf("%q: %v, want ErrInvalid and a sentence", name, err)
		}
	}
	production := w.service(t, func(c *authsettings.Config) { c.AllowDevelopment = false })
	for _, name := range []string{"bulkhead.test", "acme.bulkhead.test"} {
		if _, err := production.AddDomain(ctx, admin, 0, name, none); !errors.Is(err, authsettings.ErrInvalid) {
			t.Errorf("%q in production: %v, want ErrInvalid", name, err)
		}
	}
	if _, err := w.AddDomain(ctx, admin, 0, "acme.bulkhead.test", authpolicy.NewProviderID()); !errors.Is(err, authsettings.ErrNotFound) {
		t.Errorf("a domain of a provider that is not there: %v", err)
	}
	d, err := w.AddDomain(ctx, admin, 0, "shared.bulkhead.test", none)
	must(t, err)
	if _, err := w.AddDomain(ctx, admin, 1, d.Name, none); !errors.Is(err, authsettings.ErrExists) {
		t.Errorf("the same domain again: %v, want ErrExists", err)
	}
	theirs, err := w.AddDomain(ctx, globex, 0, d.Name, none)
	must(t, err)
	if theirs.Challenge == d.Challenge {
		t.Error("two tenants have one challenge")
	}

	state := func() authpolicy.Domain { return w.policy(t, w.Acme.ID).Domains[0] }
	if _, err := w.CheckDomain(ctx, admin, d.Name); !errors.Is(err, authsettings.ErrNoRecord) || !state().Proven.IsZero() {
		t.Errorf("without a record: %v, %+v", err, state())
	}
	zone := w.Cloud.DNS()
	must(t, zone.Add(d.RecordName(), theirs.Challenge))
	if _, err := w.CheckDomain(ctx, admin, d.Name); !errors.Is(err, authsettings.ErrNoRecord) || !state().Proven.IsZero() {
		t.Errorf("with globex's record acme has: %v, %+v", err, state())
	}
	must(t, zone.Add(d.RecordName(), d.Challenge))
	for _, g := range []vending.Grant{admin, globex} {
		_, err := w.CheckDomain(ctx, g, d.Name)
		must(t, err)
	}
	holders, err := w.Policies.HoldersOf(ctx, d.Name)
	if err != nil || len(holders) != 2 || !state().IsProven(time.Now()) {
		t.Errorf("two have proven it: %v, %v", holders, err)
	}
	if e := w.entries(t, admin)["authentication.domain.check"]; !strings.Contains(e.After, "proven") {
		t.Errorf("the audit says %+v", e)
	}

	// SERVFAIL and silence say nothing.
	must(t, zone.Set(d.RecordName()))
	restore := zone.Fail(d.RecordName(), dns.ServFail)
	before := w.version(t)
	if _, err := w.CheckDomain(ctx, admin, d.Name); !errors.Is(err, authsettings.ErrDNS) || w.version(t) != before {
		t.Errorf("SERVFAIL: %v, version %d of %d", err, w.version(t), before)
	}
	restore()
	if _, err := w.CheckDomain(ctx, admin, d.Name); !errors.Is(err, authsettings.ErrNoRecord) || !state().IsProven(time.Now()) || state().Failing.IsZero() {
		t.Errorf("gone: %v, %+v", err, state())
	}
	must(t, w.RemoveDomain(ctx, admin, w.version(t), d.Name))
	if len(w.policy(t, w.Globex.ID).Domains) != 1 {
		t.Error("globex's domain went with acme's")
	}
}

// TestDomainsAreLookedAtEveryDay: by a worker, who intends the next day's look, and takes away what
// is gone for three days.
func TestDomainsAreLookedAtEveryDay(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	worker := apptest.Start(t, w.World)
	admin := w.Grant(t, w.Acme.Admin)
	aDayAgo := w.service(t, func(c *authsettings.Config) { c.Now = func() time.Time { return time.Now().Add(-25 * time.Hour) } })
	for i, name := range []string{"kept.bulkhead.test", "lost.bulkhead.test", "dark.bulkhead.test", "new.bulkhead.test"} {
		d, err := aDayAgo.AddDomain(ctx, admin, int64(i), name, authpolicy.ProviderID{})
		must(t, err)
		if name != "lost.bulkhead.test" {
			must(t, w.Cloud.DNS().Add(d.RecordName(), d.Challenge))
		}
	}
	long := time.Now().Add(-100 * time.Hour)
	w.set(t, func(p *authpolicy.Policy) {
		for i := range p.Domains[:3] {
			p.Domains[i].Proven, p.Domains[i].Failing = long, long.Add(time.Hour)
		}
	})
	defer w.Cloud.DNS().Fail("_bulkhead-challenge.dark.bulkhead.test", dns.ServFail)()
	if n := worker.Tick(t); n != 1 {
		t.Fatalf("%d jobs were done, of one a day", n)
	}
	got := map[string]string{}
	for _, d := range w.policy(t, w.Acme.ID).Domains {
		switch {
		case d.Proven.IsZero():
			got[d.Name] = "not proven"
		case d.Failing.IsZero():
			got[d.Name] = "proven"
		default:
			got[d.Name] = "failing"
		}
	}
	for name, want := range map[string]string{
		"kept.bulkhead.test": "proven", "lost.bulkhead.test": "not proven", "dark.bulkhead.test": "failing", "new.bulkhead.test": "proven",
	} {
		if got[name] != want {
			t.Errorf("%s is %s, want %s", name, got[name], want)
		}
	}
	e := w.entries(t, admin)["authentication.domain.check"]
	if e.Method != "job" || !strings.Contains(e.After, "lost.bulkhead.test: not proven") {
		t.Errorf("the audit says %+v", e)
	}
	page, err := w.Queue.List(ctx, jobs.Due, "", 0)
	must(t, err)
	armed := 0
	for _, j := range page.Jobs {
		if left := time.Until(j.Due); j.Kind == authsettings.DomainKind && left > 23*time.Hour && left < 25*time.Hour {
			armed++
		}
	}
	if armed != 1 {
		t.Errorf("%d looks are due in a day, of %+v", armed, page.Jobs)
	}
}
