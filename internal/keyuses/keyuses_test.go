package keyuses_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/keyuses"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

// clock is a time that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) at() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// newKey is a new key of acme that may read people.
func newKey(t *testing.T, w *vendingtest.World) tenancy.Principal {
	t.Helper()
	_, secret, err := w.Authenticator.APIKeys().Create(t.Context(), w.Principal(t, w.Acme.Admin),
		tenancy.NewAPIKey{Scopes: tenant.ScopePeopleRead, Days: 1})
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.Authenticator.Bearer(t.Context(), tenant.SelectID(w.Acme.ID), secret.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func vend(t *testing.T, m *vending.Machine, p tenancy.Principal) vending.Grant {
	t.Helper()
	g, err := m.Vend(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// noted is the note of the key, as acme's admin reads it.
func noted(t *testing.T, w *vendingtest.World, p tenancy.Principal) (use keyuses.Use, writtenAt time.Time) {
	t.Helper()
	admin := w.Grant(t, w.Acme.Admin)
	uses, err := keyuses.Of(t.Context(), admin, []tenant.KeyID{p.Key(), tenant.NewKeyID()})
	if err != nil || len(uses) > 1 {
		t.Fatalf("%v, %v", uses, err)
	}
	doc, err := admin.Database().Collection("keyuses").Doc(p.Key().String()).Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return uses[p.Key()], doc.UpdateTime
}

// TestWhenAUseIsNoted: once a day, and when the address changes once an hour at most, by however
// many processes a key is used.
func TestWhenAUseIsNoted(t *testing.T) {
	vendingtest.EachIsolation(t, func(t *testing.T, w *vendingtest.World) {
		morning := time.Date(2026, time.March, 3, 8, 0, 0, 0, time.UTC)
		now := &clock{now: morning}
		one := w.NewMachine(t, vending.MachineConfig{Now: now.at})
		other := w.NewMachine(t, vending.MachineConfig{Now: now.at})
		p := newKey(t, w)
		var last time.Time
		for _, step := range []struct {
			says    string
			machine *vending.Machine
			at      time.Duration // since the morning
			address string
			want    keyuses.Use
			writes  bool
		}{
			{"the first use", one, 0, "192.0.2.1", keyuses.Use{At: morning, Address: "192.0.2.1"}, true},
			{"again", one, time.Second, "192.0.2.1", keyuses.Use{At: morning, Address: "192.0.2.1"}, false},
			{"in another process", other, time.Minute, "192.0.2.1", keyuses.Use{At: morning, Address: "192.0.2.1"}, false},
			{"from another address within the hour", one, 59 * time.Minute, "192.0.2.2", keyuses.Use{At: morning, Address: "192.0.2.1"}, false},
			{"from another address after an hour", one, time.Hour, "192.0.2.2", keyuses.Use{At: morning.Add(time.Hour), Address: "192.0.2.2"}, true},
			{"from the first, right after", other, time.Hour + time.Minute, "192.0.2.1", keyuses.Use{At: morning.Add(time.Hour), Address: "192.0.2.2"}, false},
			{"the same day", one, 15 * time.Hour, "192.0.2.2", keyuses.Use{At: morning.Add(time.Hour), Address: "192.0.2.2"}, false},
			{"the next day", one, 17 * time.Hour, "192.0.2.2", keyuses.Use{At: morning.Add(17 * time.Hour), Address: "192.0.2.2"}, true},
			{"the next day, in another process", other, 17 * time.Hour, "192.0.2.2", keyuses.Use{At: morning.Add(17 * time.Hour), Address: "192.0.2.2"}, false},
		} {
			now.set(morning.Add(step.at))
			if err := keyuses.Note(t.Context(), vend(t, step.machine, p), step.address); err != nil {
				t.Fatalf("%s: %v", step.says, err)
			}
			got, written := noted(t, w, p)
			if diff := cmp.Diff(step.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", step.says, diff)
			}
			if wrote := !written.Equal(last); wrote != step.writes {
				t.Errorf("%s: written %v, want %v", step.says, wrote, step.writes)
			}
			last = written
		}
	})
}

// TestANoteThatFails is an error and is tried again a minute later, not at each request; a person's
// use is none.
func TestANoteThatFails(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	now := &clock{now: time.Now()}
	m := w.NewMachine(t, vending.MachineConfig{Now: now.at})
	p := newKey(t, w)
	g := vend(t, m, p)
	rule := w.Cloud.Faults().Add(fault.Rule{
		Method: "/google.firestore.v1.Firestore/Commit", Resource: "projects/" + vendingtest.Project + "/databases/" + w.Acme.Database,
		Code: codes.PermissionDenied,
	})
	if err := keyuses.Note(t.Context(), g, "192.0.2.1"); err == nil {
		t.Error("a note that was not written is no error")
	}
	rule.Remove()
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{time.Second, 0}, {time.Minute, 1}} {
		now.set(now.at().Add(step.after))
		if err := keyuses.Note(t.Context(), g, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
		uses, err := keyuses.Of(t.Context(), w.Grant(t, w.Acme.Admin), []tenant.KeyID{p.Key()})
		if err != nil || len(uses) != step.want {
			t.Errorf("%v after a failure: %v, %v", step.after, uses, err)
		}
	}
	if err := keyuses.Note(t.Context(), w.Grant(t, w.Acme.Admin), "192.0.2.1"); err != nil {
		t.Error(err)
	}
	if err := keyuses.Note(t.Context(), vending.Grant{}, "192.0.2.1"); err != nil {
		t.Error(err)
	}
	if _, err := keyuses.Of(t.Context(), w.Grant(t, w.Acme.Viewer), []tenant.KeyID{p.Key()}); !errors.Is(err, vending.ErrDenied) {
		t.Errorf("a viewer reads where keys are used: %v, want ErrDenied", err)
	}
}

// TestSpoiltNotes are left out, and written anew by the next use.
func TestSpoiltNotes(t *testing.T) {
	w := vendingtest.TwoTenants(t)
	p, admin := newKey(t, w), w.Grant(t, w.Acme.Admin)
	doc := admin.Database().Collection("keyuses").Doc(p.Key().String())
	if _, err := doc.Set(t.Context(), map[string]any{"at": "yesterday", "address": 7}); err != nil {
		t.Fatal(err)
	}
	if uses, err := keyuses.Of(t.Context(), admin, []tenant.KeyID{p.Key()}); err != nil || len(uses) != 0 {
		t.Errorf("a spoilt note: %v, %v", uses, err)
	}
	long := make([]byte, 100)
	if err := keyuses.Note(t.Context(), vend(t, w.Machine, p), string(long)); err != nil {
		t.Fatal(err)
	}
	if use, _ := noted(t, w, p); use.At.IsZero() || use.Address != "" {
		t.Errorf("afterwards: %+v", use)
	}
	if err := keyuses.Forget(t.Context(), admin, p.Key()); err != nil {
		t.Fatal(err)
	}
	if uses, err := keyuses.Of(t.Context(), admin, []tenant.KeyID{p.Key()}); err != nil || len(uses) != 0 {
		t.Errorf("forgotten: %v, %v", uses, err)
	}
}
