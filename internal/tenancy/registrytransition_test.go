package tenancy_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
)

// suspending is the transition of a tenant that onboard has made.
var suspending = tenancy.Transition{From: tenancy.Active, To: tenancy.Suspended, Version: 2, By: "a test"}

func transition(t *testing.T, s *server, id tenancy.ID, change tenancy.Transition) error {
	t.Helper()
	return second(s.registry.Transition(t.Context(), id, change))
}

func second[T any](_ T, err error) error { return err }

// move makes a transition that must succeed, from the record as it is.
func move(t *testing.T, s *server, id tenancy.ID, to tenancy.Status) tenancy.Tenant {
	t.Helper()
	now, err := s.registry.Current(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	next, err := s.registry.Transition(t.Context(), id, tenancy.Transition{From: now.Status, To: to, Version: now.Version, By: "a test"})
	if err != nil {
		t.Fatalf("%s -> %s: %v", now.Status, to, err)
	}
	return next
}

// TestTransitions tries every pair of states: what the table does not list is refused.
func TestTransitions(t *testing.T) {
	s := newControl(t).server(t)
	states := []tenancy.Status{tenancy.Provisioning, tenancy.Active, tenancy.Suspended, tenancy.Deleted}
	allowed := map[[2]tenancy.Status]bool{
		{tenancy.Provisioning, tenancy.Provisioning}: true,
		{tenancy.Provisioning, tenancy.Active}:       true,
		{tenancy.Provisioning, tenancy.Deleted}:      true,
		{tenancy.Active, tenancy.Active}:             true,
		{tenancy.Active, tenancy.Suspended}:          true,
		{tenancy.Suspended, tenancy.Suspended}:       true,
		{tenancy.Suspended, tenancy.Active}:          true,
		{tenancy.Suspended, tenancy.Deleted}:         true,
	}
	// in makes a tenant that is in a state.
	made := 0
	in := func(state tenancy.Status) tenancy.Tenant {
		made++
		if state == tenancy.Provisioning {
			half := tenancytest.NewTenant(t, fmt.Sprintf("tenant-%d", made), tenancy.EU)
			if err := s.registry.Reserve(t.Context(), half); err != nil {
				t.Fatal(err)
			}
			now, err := s.registry.Current(t.Context(), half.ID)
			if err != nil {
				t.Fatal(err)
			}
			return now
		}
		now := s.onboard(t, fmt.Sprintf("tenant-%d", made), tenancy.EU)
		if state != tenancy.Active {
			now = move(t, s, now.ID, tenancy.Suspended)
		}
		if state == tenancy.Deleted {
			now = move(t, s, now.ID, tenancy.Deleted)
		}
		return now
	}
	for _, from := range states {
		for _, to := range states {
			before := in(from)
			after, err := s.registry.Transition(t.Context(), before.ID, tenancy.Transition{From: from, To: to, Version: before.Version, By: "a test"})
			want := before
			if allowed[[2]tenancy.Status{from, to}] {
				want.Status, want.Version = to, before.Version+1
				if d := tenancytest.Diff(want, after); err != nil || d != "" {
					t.Errorf("%s -> %s: %v (-want +got):\n%s", from, to, err, d)
				}
			} else if !errors.Is(err, tenancy.ErrInvalid) {
				t.Errorf("%s -> %s: %v, want ErrInvalid", from, to, err)
			}
			if now, err := s.registry.Current(t.Context(), before.ID); err != nil || now != want {
				t.Errorf("%s -> %s: the record is %+v, %v; want %+v", from, to, now, err, want)
			}
		}
	}
}

// TestTransitionKeepsWhatATenantIs: fields that were assigned never change, and a malformed change changes nothing.
func TestTransitionKeepsWhatATenantIs(t *testing.T) {
	s := newControl(t).server(t)
	acme, globex := s.onboard(t, "acme", tenancy.EU), s.onboard(t, "globex", tenancy.US)
	half := tenancytest.NewTenant(t, "half", tenancy.EU)
	half.IdentityTenant, half.ServiceAccount, half.Database, half.Bucket = "", "", "", ""
	if err := s.registry.Reserve(t.Context(), half); err != nil {
		t.Fatal(err)
	}
	edit := func(set tenancy.Edit) tenancy.Transition {
		return tenancy.Transition{From: tenancy.Active, To: tenancy.Active, Version: 2, By: "a test", Set: set}
	}
	activate := func(set tenancy.Edit) tenancy.Transition {
		return tenancy.Transition{From: tenancy.Provisioning, To: tenancy.Active, Version: 1, By: "a test", Set: set}
	}
	for what, c := range map[string]struct {
		id     tenancy.ID
		change tenancy.Transition
	}{
		"identity tenant":  {acme.ID, edit(tenancy.Edit{IdentityTenant: globex.IdentityTenant})},
		"account":          {acme.ID, edit(tenancy.Edit{ServiceAccount: globex.ServiceAccount})},
		"database":         {acme.ID, edit(tenancy.Edit{Database: globex.Database})},
		"bucket":           {acme.ID, edit(tenancy.Edit{Bucket: globex.Bucket})},
		"long name":        {acme.ID, edit(tenancy.Edit{Name: fmt.Sprintf("%081d", 0)})},
		"name with a line": {acme.ID, edit(tenancy.Edit{Name: "a\nb"})},
		"no author":        {acme.ID, tenancy.Transition{From: tenancy.Active, To: tenancy.Suspended, Version: 2}},
		"no version":       {acme.ID, tenancy.Transition{From: tenancy.Active, To: tenancy.Suspended, By: "a test"}},
		"unknown state":    {acme.ID, tenancy.Transition{From: tenancy.Active, To: "paused", Version: 2, By: "a test"}},
		"no state":         {acme.ID, tenancy.Transition{Version: 2, By: "a test"}},
		"no resources":     {half.ID, activate(tenancy.Edit{})},
		"half of them":     {half.ID, activate(tenancy.Edit{IdentityTenant: "i", Database: "d", Bucket: "b"})},
	} {
		if err := transition(t, s, c.id, c.change); !errors.Is(err, tenancy.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", what, err)
		}
	}
	if got, err := s.registry.Current(t.Context(), acme.ID); err != nil || got != acme {
		t.Errorf("%+v, %v; want %+v", got, err, acme)
	}
	renamed, err := s.registry.Transition(t.Context(), acme.ID, tenancy.Transition{
		From: tenancy.Active, To: tenancy.Active, Version: 2, By: "a test",
		Set: tenancy.Edit{Name: "Acme & Co", IdentityTenant: acme.IdentityTenant},
	})
	want := acme
	want.Name, want.Version = "Acme & Co", 3
	if err != nil || renamed != want {
		t.Errorf("a new name, and what it had already: %+v, %v; want %+v", renamed, err, want)
	}
}

// TestOneTransitionWins: of those who saw the same record one succeeds, and the others learn that they did not.
func TestOneTransitionWins(t *testing.T) {
	c := newControl(t)
	one := c.server(t)
	acme := one.onboard(t, "acme", tenancy.EU)
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
		} else if !errors.Is(err, tenancy.ErrStale) {
			t.Errorf("a loser hears %v, want ErrStale", err)
		}
		if got, err := servers[i].registry.ByID(t.Context(), acme.ID); err != nil || got.Status != tenancy.Suspended || got.Version != 3 {
			t.Errorf("afterwards a process sees %+v, %v", got, err)
		}
	}
	if winners != 1 {
		t.Errorf("%d succeeded", winners)
	}
	// The state alone is not enough: it is suspended, active, and suspended again.
	move(t, one, acme.ID, tenancy.Active)
	if err := transition(t, one, acme.ID, suspending); !errors.Is(err, tenancy.ErrStale) {
		t.Errorf("with a version of before: %v, want ErrStale", err)
	}
	if err := transition(t, one, acme.ID, tenancy.Transition{From: tenancy.Suspended, To: tenancy.Active, Version: 4, By: "a test"}); !errors.Is(err, tenancy.ErrStale) {
		t.Errorf("from another state: %v, want ErrStale", err)
	}
}

func TestTransitionIsSeen(t *testing.T) {
	c := newControl(t)
	one, other := c.server(t), c.server(t)
	acme := one.onboard(t, "acme", tenancy.EU)
	status := func(s *server) tenancy.Status {
		t.Helper()
		got, err := s.registry.BySlug(t.Context(), acme.Slug)
		if err != nil {
			t.Fatal(err)
		}
		return got.Status
	}
	status(other)
	for _, want := range []tenancy.Status{tenancy.Suspended, tenancy.Active, tenancy.Suspended, tenancy.Deleted} {
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
	acme := s.onboard(t, "acme", tenancy.EU)
	began := c.clock.now()
	for i := range 12 {
		c.clock.advance(time.Minute)
		change := tenancy.Transition{From: tenancy.Active, To: tenancy.Suspended, Version: int64(2 + i), By: fmt.Sprintf("operator %d", i)}
		if i%2 == 1 {
			change.From, change.To = change.To, change.From
		}
		if err := transition(t, s, acme.ID, change); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.registry.Transition(t.Context(), acme.ID, tenancy.Transition{ // no change of state
		From: tenancy.Active, To: tenancy.Active, Version: 14, By: "a test", Set: tenancy.Edit{Name: "Other"},
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
		want := tenancy.Change{From: tenancy.Active, To: tenancy.Suspended, By: fmt.Sprintf("operator %d", i+2)}
		if i%2 == 1 {
			want.From, want.To = want.To, want.From
		}
		if d := cmp.Diff(want, change); d != "" || after != time.Duration(i+3)*time.Minute {
			t.Errorf("change %d, after %v (-want +got):\n%s", i, after, d)
		}
	}
}

// TestRecordsFromBeforeVersions: a record that names no version is of the first, and has one from its next change on.
func TestRecordsFromBeforeVersions(t *testing.T) {
	c := newControl(t)
	s := c.server(t)
	acme := s.onboard(t, "acme", tenancy.EU)
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
	// A field that this version of the code does not know survives: a change writes what it changes.
	if got := stored.Data(); got["version"] != int64(2) || got["later"] != "kept" || got["status"] != "suspended" {
		t.Errorf("the record is now %v", got)
	}
}
