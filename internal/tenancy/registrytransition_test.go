package tenancy_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// suspending is the transition of a tenant that onboard has made.
var suspending = registry.Transition{From: tenant.Active, To: tenant.Suspended, Version: 2, By: "a test"}

func transition(t *testing.T, s *server, id tenant.ID, change registry.Transition) error {
	t.Helper()
	return second(s.registry.Transition(t.Context(), id, change))
}

func second[T any](_ T, err error) error { return err }

// move makes a transition that must succeed, from the record as it is.
func move(t *testing.T, s *server, id tenant.ID, to tenant.Status) tenant.Tenant {
	t.Helper()
	now, err := s.registry.Current(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	next, err := s.registry.Transition(t.Context(), id, registry.Transition{From: now.Status, To: to, Version: now.Version, By: "a test"})
	if err != nil {
		t.Fatalf("%s -> %s: %v", now.Status, to, err)
	}
	return next
}

// TestTransitions tries every pair of states: what the table does not list is refused.
func TestTransitions(t *testing.T) {
	s := newControl(t).server(t)
	states := []tenant.Status{tenant.Provisioning, tenant.Active, tenant.Suspended, tenant.Deleted}
	allowed := map[[2]tenant.Status]bool{
		{tenant.Provisioning, tenant.Provisioning}: true,
		{tenant.Provisioning, tenant.Active}:       true,
		{tenant.Provisioning, tenant.Deleted}:      true,
		{tenant.Active, tenant.Active}:             true,
		{tenant.Active, tenant.Suspended}:          true,
		{tenant.Suspended, tenant.Suspended}:       true,
		{tenant.Suspended, tenant.Active}:          true,
		{tenant.Suspended, tenant.Deleted}:         true,
	}
	// in makes a tenant that is in a state.
	made := 0
	in := func(state tenant.Status) tenant.Tenant {
		made++
		if state == tenant.Provisioning {
			half := tenancytest.NewTenant(t, fmt.Sprintf("tenant-%d", made), tenant.EU)
			if err := s.registry.Reserve(t.Context(), half); err != nil {
				t.Fatal(err)
			}
			now, err := s.registry.Current(t.Context(), half.ID)
			if err != nil {
				t.Fatal(err)
			}
			return now
		}
		now := s.onboard(t, fmt.Sprintf("tenant-%d", made), tenant.EU)
		if state != tenant.Active {
			now = move(t, s, now.ID, tenant.Suspended)
		}
		if state == tenant.Deleted {
			now = move(t, s, now.ID, tenant.Deleted)
		}
		return now
	}
	for _, from := range states {
		for _, to := range states {
			before := in(from)
			after, err := s.registry.Transition(t.Context(), before.ID, registry.Transition{From: from, To: to, Version: before.Version, By: "a test"})
			want := before
			if allowed[[2]tenant.Status{from, to}] {
				want.Status, want.Version = to, before.Version+1
				if d := tenancytest.Diff(want, after); err != nil || d != "" {
					t.Errorf("%s -> %s: %v (-want +got):\n%s", from, to, err, d)
				}
			} else if !errors.Is(err, tenant.ErrInvalid) {
				t.Errorf("%s -> %s: %v, want ErrInvalid", from, to, err)
			}
			if now, err := s.registry.Current(t.Context(), before.ID); err != nil || now != want {
				t.Errorf("%s -> %s: the record is %+v, %v; want %+v", from, to, now, err, want)
			}
		}
	}
}

// TestTransitionKeepsWhatATenantIs: fields that were assigned never change, and a malformed change
// changes nothing.
func TestTransitionKeepsWhatATenantIs(t *testing.T) {
	s := newControl(t).server(t)
	acme, globex := s.onboard(t, "acme", tenant.EU), s.onboard(t, "globex", tenant.US)
	half := tenancytest.NewTenant(t, "half", tenant.EU)
	half.IdentityTenant, half.ServiceAccount, half.Database, half.Bucket = "", "", "", ""
	if err := s.registry.Reserve(t.Context(), half); err != nil {
		t.Fatal(err)
	}
	edit := func(set registry.Edit) registry.Transition {
		return registry.Transition{From: tenant.Active, To: tenant.Active, Version: 2, By: "a test", Set: set}
	}
	activate := func(set registry.Edit) registry.Transition {
		return registry.Transition{From: tenant.Provisioning, To: tenant.Active, Version: 1, By: "a test", Set: set}
	}
	for what, c := range map[string]struct {
		id     tenant.ID
		change registry.Transition
	}{
		"identity tenant":  {acme.ID, edit(registry.Edit{IdentityTenant: globex.IdentityTenant})},
		"account":          {acme.ID, edit(registry.Edit{ServiceAccount: globex.ServiceAccount})},
		"database":         {acme.ID, edit(registry.Edit{Database: globex.Database})},
		"bucket":           {acme.ID, edit(registry.Edit{Bucket: globex.Bucket})},
		"long name":        {acme.ID, edit(registry.Edit{Name: fmt.Sprintf("%081d", 0)})},
		"name with a line": {acme.ID, edit(registry.Edit{Name: "a\nb"})},
		"no author":        {acme.ID, registry.Transition{From: tenant.Active, To: tenant.Suspended, Version: 2}},
		"no version":       {acme.ID, registry.Transition{From: tenant.Active, To: tenant.Suspended, By: "a test"}},
		"unknown state":    {acme.ID, registry.Transition{From: tenant.Active, To: "paused", Version: 2, By: "a test"}},
		"no state":         {acme.ID, registry.Transition{Version: 2, By: "a test"}},
		"no resources":     {half.ID, activate(registry.Edit{})},
		"half of them":     {half.ID, activate(registry.Edit{IdentityTenant: "i", Database: "d", Bucket: "b"})},
	} {
		if err := transition(t, s, c.id, c.change); !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", what, err)
		}
	}
	if got, err := s.registry.Current(t.Context(), acme.ID); err != nil || got != acme {
		t.Errorf("%+v, %v; want %+v", got, err, acme)
	}
	renamed, err := s.registry.Transition(t.Context(), acme.ID, registry.Transition{
		From: tenant.Active, To: tenant.Active, Version: 2, By: "a test",
		Set: registry.Edit{Name: "Acme & Co", IdentityTenant: acme.IdentityTenant},
	})
	want := acme
	want.Name, want.Version = "Acme & Co", 3
	if err != nil || renamed != want {
		t.Errorf("a new name, and what it had already: %+v, %v; want %+v", renamed, err, want)
	}
}

// TestOneTransitionWins: of those who saw the same record one succeeds, and the others learn that
// they did not.
func TestOneTransitionWins(t *testing.T) {
	c := newControl(t)
	one := c.server(t)
	acme := one.onboard(t, "acme", tenant.EU)
	const n = 8
	results := make([]error, n)
	servers := make([]*server, n)
	for i := range n {
		servers[i] = c.server(t)
		if _, err := servers[i].registry.ByID(t.Context(), acme.ID); err != nil { // which it remembers
			t.Fatal(err)
		}
	}
	var race sync.WaitGroup
	for i, s := range servers {
		race.Go(func() { results[i] = transition(t, s, acme.ID, suspending) })
	}
	race.Wait()
	winners := 0
	for i, err := range results {
		if err == nil {
			winners++
		} else if !errors.Is(err, tenant.ErrStale) {
			t.Errorf("a loser hears %v, want ErrStale", err)
		}
		if got, err := servers[i].registry.ByID(t.Context(), acme.ID); err != nil || got.Status != tenant.Suspended || got.Version != 3 {
			t.Errorf("afterwards a process sees %+v, %v", got, err)
		}
	}
	if winners != 1 {
		t.Errorf("%d succeeded", winners)
	}
	// The state alone is not enough: it is suspended, active, and suspended again.
	move(t, one, acme.ID, tenant.Active)
	if err := transition(t, one, acme.ID, suspending); !errors.Is(err, tenant.ErrStale) {
		t.Errorf("with a version of before: %v, want ErrStale", err)
	}
	if err := transition(t, one, acme.ID, registry.Transition{From: tenant.Suspended, To: tenant.Active, Version: 4, By: "a test"}); !errors.Is(err, tenant.ErrStale) {
		t.Errorf("from another state: %v, want ErrStale", err)
	}
}

func TestTransitionIsSeen(t *testing.T) {
	c := newControl(t)
	one, other := c.server(t), c.server(t)
	acme := one.onboard(t, "acme", tenant.EU)
	status := func(s *server) tenant.Status {
		t.Helper()
		got, err := s.registry.BySlug(t.Context(), acme.Slug)
		if err != nil {
			t.Fatal(err)
		}
		return got.Status
	}
	status(other)
	for _, want := range []tenant.Status{tenant.Suspended, tenant.Active, tenant.Suspended, tenant.Deleted} {
		move(t, one, acme.ID, want)
		if got := status(one); got != want {
			t.Errorf("the writer sees %s at once, want %s", got, want)
		}
		c.clock.advance(5 * time.Second)
		if got := status(other); got != want {
			t.Errorf("another sees %s after 5 s, want %s", got, want)
		}
	}
}

// TestHistory: a record keeps its last ten changes of state, and says who made them.
func TestHistory(t *testing.T) {
	c := newControl(t)
	s := c.server(t)
	acme := s.onboard(t, "acme", tenant.EU)
	began := c.clock.now()
	for i := range 12 {
		c.clock.advance(time.Minute)
		change := registry.Transition{From: tenant.Active, To: tenant.Suspended, Version: int64(2 + i), By: fmt.Sprintf("operator %d", i)}
		if i%2 == 1 {
			change.From, change.To = change.To, change.From
		}
		if err := transition(t, s, acme.ID, change); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.registry.Transition(t.Context(), acme.ID, registry.Transition{ // no change of state
		From: tenant.Active, To: tenant.Active, Version: 14, By: "a test", Set: registry.Edit{Name: "Other"},
	}); err != nil {
		t.Fatal(err)
	}
	got, err := s.registry.History(t.Context(), acme.ID)
	if err != nil || len(got) != 10 {
		t.Fatalf("%d changes, %v", len(got), err)
	}
	for i, change := range got {
		after := change.At.Sub(began).Round(time.Minute)
		change.At = time.Time{}
		want := registry.Change{From: tenant.Active, To: tenant.Suspended, By: fmt.Sprintf("operator %d", i+2)}
		if i%2 == 1 {
			want.From, want.To = want.To, want.From
		}
		if d := cmp.Diff(want, change); d != "" || after != time.Duration(i+3)*time.Minute {
			t.Errorf("change %d, after %v (-want +got):\n%s", i, after, d)
		}
	}
}

// TestRecordsFromBeforeVersions: a record that names no version is of the first, and has one from
// its next change on.
func TestRecordsFromBeforeVersions(t *testing.T) {
	c := newControl(t)
	s := c.server(t)
	acme := s.onboard(t, "acme", tenant.EU)
	doc := s.db.Doc("tenants/" + acme.ID.String())
	_, err := doc.Update(t.Context(), []firestore.Update{
		{Path: "version", Value: firestore.Delete}, {Path: "history", Value: firestore.Delete}, {Path: "later", Value: "kept"},
	})
	if err != nil {
		t.Fatal(err)
	}
	old, err := c.server(t).registry.ByID(t.Context(), acme.ID)
	if err != nil || old.Version != 1 {
		t.Fatalf("read version %d, %v", old.Version, err)
	}
	change := suspending
	change.Version = 1
	if err := transition(t, s, acme.ID, change); err != nil {
		t.Fatal(err)
	}
	stored, err := doc.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// A field that this version of the code does not know survives: a change writes what it
	// changes.
	if got := stored.Data(); got["version"] != int64(2) || got["later"] != "kept" || got["status"] != "suspended" {
		t.Errorf("the record is now %v", got)
	}
}
