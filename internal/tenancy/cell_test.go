package tenancy_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

func TestParseCellID(t *testing.T) {
	for s, want := range map[string]bool{
		"eu-1": true, "us": true, "asia-2-b": true, "123456789012345678901234567890": true,
		"": false, "-eu": false, "eu-": false, "eu--1": false, "EU-1": false, "eu/1": false, "eu_1": false, "eu.1": false,
		"1234567890123456789012345678901": false, "ü": false, "eu 1": false,
	} {
		id, err := tenant.ParseCellID(s)
		if (err == nil) != want || err == nil && id.String() != s || err != nil && !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("%q: %v, %v", s, id, err)
		}
	}
	if id := tenant.DefaultCell(tenant.EU); id.String() != "eu-1" {
		t.Errorf("the default cell of EU is %s", id)
	}
	if id := tenant.DefaultCell(9); !id.IsZero() {
		t.Errorf("the default cell of no region is %s", id)
	}
}

func cell(t *testing.T, id string, r tenant.Region, silos int) tenant.Cell {
	t.Helper()
	parsed, err := tenant.ParseCellID(id)
	if err != nil {
		t.Fatal(err)
	}
	return tenant.Cell{ID: parsed, Project: "p-" + id, Region: r, Silos: silos}
}

func TestAddCell(t *testing.T) {
	s := newControl(t).server(t)
	ctx := t.Context()
	good := cell(t, "eu-2", tenant.EU, 3)
	for range 2 {
		if err := s.registry.AddCell(ctx, good); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.registry.Cell(ctx, good.ID); err != nil || got != good {
		t.Errorf("read %+v, %v", got, err)
	}
	for name, change := range map[string]func(*tenant.Cell){
		"another project":          func(c *tenant.Cell) { c.Project = "q" },
		"another region":           func(c *tenant.Cell) { c.Region = tenant.US },
		"another pool":             func(c *tenant.Cell) { c.PoolDatabase, c.PoolBucket = "pool", "pool" },
		"half a pool":              func(c *tenant.Cell) { c.ID, c.PoolDatabase = tenant.CellID{}, "pool" },
		"no id":                    func(c *tenant.Cell) { c.ID = tenant.CellID{} },
		"no project":               func(c *tenant.Cell) { c.Project = "" },
		"no region":                func(c *tenant.Cell) { c.Region = 0 },
		"more than a project has":  func(c *tenant.Cell) { c.Silos = tenant.MaxSilos + 1 },
		"less room than there can": func(c *tenant.Cell) { c.Silos = -1 },
	} {
		c := good
		change(&c)
		if err := s.registry.AddCell(ctx, c); !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
	if _, err := s.registry.Cell(ctx, cell(t, "eu-9", tenant.EU, 1).ID); !errors.Is(err, tenant.ErrInvalid) {
		t.Errorf("a cell that is not there: %v", err)
	}
}

// A cell takes as many silo tenants as it has room for, also when all come at once, and then the
// next cell does. When all are full the error says what to do; a deleted tenant makes room again.
func TestPlacing(t *testing.T) {
	s := newControl(t).server(t)
	ctx := t.Context()
	if err := s.registry.SetRoom(ctx, tenant.DefaultCell(tenant.EU), 2); err != nil {
		t.Fatal(err)
	}
	if err := s.registry.AddCell(ctx, cell(t, "eu-2", tenant.EU, 2)); err != nil {
		t.Fatal(err)
	}
	unplaced := func(i int) tenant.Tenant {
		made := tenancytest.NewTenant(t, fmt.Sprintf("tenant-%d", i), tenant.EU)
		made.Cell = tenant.CellID{}
		return made
	}
	var wg sync.WaitGroup
	results := make([]error, 6)
	tenants := make([]tenant.Tenant, len(results))
	for i := range results {
		tenants[i] = unplaced(i)
		wg.Go(func() { results[i] = s.registry.Reserve(ctx, tenants[i]) })
	}
	wg.Wait()
	live := map[string][]tenant.ID{}
	for i, err := range results {
		if err != nil {
			if !errors.Is(err, registry.ErrNoRoom) {
				t.Error(err)
			}
			continue
		}
		placed, err := s.registry.ByID(ctx, tenants[i].ID)
		if err != nil {
			t.Fatal(err)
		}
		live[placed.Cell.String()] = append(live[placed.Cell.String()], placed.ID)
	}
	if len(live["eu-1"]) != 2 || len(live["eu-2"]) != 2 {
		t.Errorf("the tenants live in %v, want two in each of two cells", live)
	}

	late := unplaced(7)
	if err := tenancytest.SetStatus(ctx, s.registry, live["eu-2"][0], tenant.Deleted); err != nil {
		t.Fatal(err)
	}
	if err := s.registry.Reserve(ctx, late); err != nil {
		t.Errorf("after one was deleted: %v", err)
	}
	if err := s.registry.Reserve(ctx, unplaced(8)); !errors.Is(err, registry.ErrNoRoom) {
		t.Errorf("after its place was taken: got %v, want ErrNoRoom", err)
	}
	pooled := unplaced(9)
	pooled.Isolation = tenant.Pool
	if err := s.registry.Reserve(ctx, pooled); !errors.Is(err, registry.ErrNoRoom) {
		t.Errorf("a pooled tenant, where there is no pool: got %v, want ErrNoRoom", err)
	}
	elsewhere := tenancytest.NewTenant(t, "elsewhere", tenant.US)
	elsewhere.Cell = tenant.DefaultCell(tenant.EU)
	if err := s.registry.Reserve(ctx, elsewhere); !errors.Is(err, registry.ErrNoRoom) {
		t.Errorf("an American tenant in a European cell: got %v, want ErrNoRoom", err)
	}
}

// A record from before there were cells is one of its region's default cell: it counts there, is
// served, and says so from its next update on.
func TestRecordsFromBeforeCells(t *testing.T) {
	c := newControl(t)
	s := c.server(t)
	ctx := t.Context()
	acme := s.onboard(t, "acme", tenant.EU)
	if _, err := s.db.Doc("tenants/"+acme.ID.String()).Update(ctx, []firestore.Update{{Path: "cell", Value: firestore.Delete}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Doc("cells/eu-1").Delete(ctx); err != nil {
		t.Fatal(err)
	}
	full := cell(t, "eu-1", tenant.EU, 1)
	if err := s.registry.AddCell(ctx, full); err != nil {
		t.Fatal(err)
	}
	old, err := c.server(t).registry.ByID(ctx, acme.ID)
	if err != nil || old.Cell != full.ID {
		t.Errorf("read %v, %v", old.Cell, err)
	}
	if err := s.registry.Reserve(ctx, tenancytest.NewTenant(t, "globex", tenant.EU)); !errors.Is(err, registry.ErrNoRoom) {
		t.Errorf("the old tenant does not count: %v", err)
	}
	if err := tenancytest.SetStatus(ctx, s.registry, acme.ID, tenant.Suspended); err != nil {
		t.Fatal(err)
	}
	doc, err := s.db.Doc("tenants/" + acme.ID.String()).Get(ctx)
	if err != nil || doc.Data()["cell"] != "eu-1" {
		t.Errorf("after an update the record says %v, %v", doc.Data()["cell"], err)
	}
}
