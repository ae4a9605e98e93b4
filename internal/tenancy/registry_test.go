package tenancy_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

func TestRegistryKeepsTenants(t *testing.T) {
	c := newControl(t)
	one, other := c.server(t), c.server(t) // two processes
	acme, globex := one.onboard(t, "acme", tenant.EU), one.onboard(t, "globex", tenant.Asia)
	for name, s := range map[string]*server{"the writer": one, "another": other} {
		for _, want := range []tenant.Tenant{acme, globex} {
			bySlug, err1 := s.registry.BySlug(t.Context(), want.Slug)
			byID, err2 := s.registry.ByID(t.Context(), want.ID)
			byIdentity, err3 := s.registry.ByIdentityTenant(t.Context(), want.IdentityTenant)
			if err := errors.Join(err1, err2, err3); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if d := tenancytest.Diff([]tenant.Tenant{want, want, want}, []tenant.Tenant{bySlug, byID, byIdentity}); d != "" {
				t.Errorf("%s (-want +got):\n%s", name, d)
			}
		}
		list, err := s.registry.List(t.Context())
		if err != nil || len(list) != 2 || list[0].ID.String() > list[1].ID.String() {
			t.Errorf("%s lists %v, %v", name, list, err)
		}
	}
}

func TestRegistryKnowsNobodyElse(t *testing.T) {
	c := newControl(t)
	s := c.server(t)
	s.onboard(t, "acme", tenant.EU)
	stranger := tenancytest.NewTenant(t, "stranger", tenant.EU)
	look := func() map[string]error {
		_, bySlug := s.registry.BySlug(t.Context(), stranger.Slug)
		_, byID := s.registry.ByID(t.Context(), stranger.ID)
		_, byIdentity := s.registry.ByIdentityTenant(t.Context(), stranger.IdentityTenant)
		return map[string]error{"slug": bySlug, "id": byID, "identity tenant": byIdentity}
	}
	for how, err := range look() {
		if !errors.Is(err, tenant.ErrTenantDenied) || errors.Is(err, tenant.ErrUnavailable) {
			t.Errorf("by %s: %v, want ErrTenantDenied", how, err)
		}
	}
	_, zeroSlug := s.registry.BySlug(t.Context(), tenant.Slug{})
	_, zeroID := s.registry.ByID(t.Context(), tenant.ID{})
	_, noIdentity := s.registry.ByIdentityTenant(t.Context(), "")
	for what, err := range map[string]error{
		"zero slug": zeroSlug, "zero ID": zeroID, "no identity tenant": noIdentity,
		"transition of a stranger": transition(t, s, stranger.ID, suspending),
		"transition of nobody":     transition(t, s, tenant.ID{}, suspending),
		"current stranger":         second(s.registry.Current(t.Context(), stranger.ID)),
		"current nobody":           second(s.registry.Current(t.Context(), tenant.ID{})),
		"history of a stranger":    second(s.registry.History(t.Context(), stranger.ID)),
		"history of nobody":        second(s.registry.History(t.Context(), tenant.ID{})),
	} {
		if !errors.Is(err, tenant.ErrTenantDenied) {
			t.Errorf("%s: %v, want ErrTenantDenied", what, err)
		}
	}
	stranger.Status = tenant.Provisioning
	if err := s.registry.Reserve(t.Context(), stranger); err != nil { // and what is made here is known here at once
		t.Fatal(err)
	}
	for how, err := range look() {
		if err != nil {
			t.Errorf("after Reserve, by %s: %v", how, err)
		}
	}
}

// TestRegistryInAnOutage: what is remembered serves for its few seconds; then nobody knows, which
// is not a no.
func TestRegistryInAnOutage(t *testing.T) {
	c := newControl(t)
	s := c.server(t)
	acme := s.onboard(t, "acme", tenant.EU)
	s.db.Close()
	if _, err := s.registry.BySlug(t.Context(), acme.Slug); err != nil {
		t.Errorf("remembered: %v", err)
	}
	c.clock.advance(5 * time.Second)
	_, bySlug := s.registry.BySlug(t.Context(), acme.Slug)
	_, byID := s.registry.ByID(t.Context(), acme.ID)
	_, byIdentity := s.registry.ByIdentityTenant(t.Context(), acme.IdentityTenant)
	_, list := s.registry.List(t.Context())
	for what, err := range map[string]error{
		"slug": bySlug, "id": byID, "identity tenant": byIdentity, "list": list,
		"reserve":    s.registry.Reserve(t.Context(), tenancytest.NewTenant(t, "globex", tenant.EU)),
		"transition": transition(t, s, acme.ID, suspending),
		"current":    second(s.registry.Current(t.Context(), acme.ID)),
		"history":    second(s.registry.History(t.Context(), acme.ID)),
	} {
		if !errors.Is(err, tenant.ErrUnavailable) || errors.Is(err, tenant.ErrTenantDenied) {
			t.Errorf("%s: %v, want ErrUnavailable", what, err)
		}
	}
}

func TestSlugIsTakenOnce(t *testing.T) {
	c := newControl(t)
	s := c.server(t)
	const n = 8
	failures := make([]error, n)
	tenants := make([]tenant.Tenant, n)
	var race sync.WaitGroup
	for i := range n {
		tenants[i] = tenancytest.NewTenant(t, "acme", tenant.EU)
		tenants[i].IdentityTenant = ""
		race.Go(func() { failures[i] = s.registry.Reserve(t.Context(), tenants[i]) })
	}
	race.Wait()
	winner := -1
	for i, err := range failures {
		switch {
		case err == nil && winner < 0:
			winner = i
		case err == nil:
			t.Error("two tenants have one slug")
		case !errors.Is(err, tenant.ErrSlugTaken):
			t.Errorf("%v, want ErrSlugTaken", err)
		}
	}
	if winner < 0 {
		t.Fatal("nobody has the slug")
	}
	got, err := c.server(t).registry.BySlug(t.Context(), tenants[winner].Slug)
	if err != nil || got.ID != tenants[winner].ID || got.Status != tenant.Provisioning {
		t.Errorf("%+v, %v", got, err)
	}
	if list, err := s.registry.List(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("the losers left something behind: %v, %v", list, err)
	}
	if err := s.registry.Reserve(t.Context(), tenants[winner]); err != nil { // the winner may ask again
		t.Error(err)
	}
}

// TestReserveAgainChangesNothing: a tenant that has come further is not thrown back.
func TestReserveAgainChangesNothing(t *testing.T) {
	s := newControl(t).server(t)
	acme := s.onboard(t, "acme", tenant.EU)
	again := acme
	again.Name, again.IdentityTenant = "Another name", ""
	if err := s.registry.Reserve(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if got, err := s.registry.ByID(t.Context(), acme.ID); err != nil || got != acme {
		t.Errorf("%+v, %v; want %+v", got, err, acme)
	}
	reuse := tenancytest.NewTenant(t, "globex", tenant.EU)
	reuse.ID = acme.ID
	if err := s.registry.Reserve(t.Context(), reuse); err == nil {
		t.Error("an identifier was given out twice")
	}
	if _, err := s.registry.BySlug(t.Context(), reuse.Slug); !errors.Is(err, tenant.ErrTenantDenied) {
		t.Errorf("its slug: %v, want ErrTenantDenied", err)
	}
}

// TestBrokenRecordsAreNoTenants: a record that this code did not write is a fault, neither a tenant
// nor an absence.
func TestBrokenRecordsAreNoTenants(t *testing.T) {
	c := newControl(t)
	s := c.server(t)
	acme, globex := s.onboard(t, "acme", tenant.EU), s.onboard(t, "globex", tenant.EU)
	sound, err := s.db.Collection("tenants").Doc(acme.ID.String()).Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for field, value := range map[string]any{
		"slug": "../globex", "region": 9, "isolation": "shared", "status": "ACTIVE", "name": 7, "bucket": "", "version": -1, "history": "long",
	} {
		spoilt := sound.Data()
		spoilt[field] = value
		if _, err := sound.Ref.Set(t.Context(), spoilt); err != nil {
			t.Fatal(err)
		}
		c.clock.advance(5 * time.Second)
		if got, err := s.registry.BySlug(t.Context(), acme.Slug); !errors.Is(err, tenant.ErrUnavailable) || got != (tenant.Tenant{}) {
			t.Errorf("%s = %v: %+v, %v; want ErrUnavailable", field, value, got, err)
		}
	}
	shared := sound.Data()
	shared["identityTenant"] = globex.IdentityTenant
	if _, err := sound.Ref.Set(t.Context(), shared); err != nil {
		t.Fatal(err)
	}
	c.clock.advance(5 * time.Second)
	if got, err := s.registry.ByIdentityTenant(t.Context(), globex.IdentityTenant); !errors.Is(err, tenant.ErrUnavailable) {
		t.Errorf("two of one identity tenant: %+v, %v; want ErrUnavailable", got, err)
	}
}
