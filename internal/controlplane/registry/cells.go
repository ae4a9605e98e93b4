package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ErrNoRoom reports that no cell of the region has room for a tenant. Whoever operates the platform
// makes another project and adds it as a cell, or raises the room of one whose project has the
// quota.
var ErrNoRoom = errors.New("registry: no cell has room")

// cellRecord is how a Cell is stored, in cells/<cell id>.
type cellRecord struct {
	Project      string `firestore:"project"`
	Region       int64  `firestore:"region"`
	Silos        int    `firestore:"silos"`
	Taken        int    `firestore:"taken"` // silo tenants that live here, or are being made or unmade
	PoolDatabase string `firestore:"poolDatabase"`
	PoolBucket   string `firestore:"poolBucket"`
}

// AddCell creates a cell, or finds it as it is to be. Tenants from before there were cells count as
// living in the default cell of their region. ErrInvalid for a malformed cell, and for one that
// exists and differs: where a cell is never changes. Its room is changed by SetRoom.
// ErrUnavailable.
func (r *Registry) AddCell(ctx context.Context, c tenant.Cell) error {
	if err := c.Validate(); err != nil {
		return err
	}
	err := r.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		switch known, _, err := r.storedCell(tx, c.ID); {
		case err == nil:
			known.Silos = c.Silos
			if known != c {
				return tenant.Invalid("cell " + c.ID.String() + " exists and differs")
			}
			return nil
		case status.Code(err) != codes.NotFound:
			return err
		}
		taken := 0
		if c.ID == tenant.DefaultCell(c.Region) {
			docs, err := tx.Documents(r.db.Collection("tenants").Where("region", "==", int64(c.Region))).GetAll()
			if err != nil {
				return err
			}
			for _, doc := range docs {
				t, err := tenantOf(doc)
				if err != nil {
					return err
				}
				if t.Cell == c.ID && t.Isolation == tenant.Silo && t.Status != tenant.Deleted {
					taken++
				}
			}
		}
		return tx.Create(r.cell(c.ID), cellRecord{
			Project: c.Project, Region: int64(c.Region), Silos: c.Silos, Taken: taken,
			PoolDatabase: c.PoolDatabase, PoolBucket: c.PoolBucket,
		})
	})
	return cellError(err)
}

// SetRoom changes how many silo tenants may live in a cell. Fewer than do already closes it to new
// ones. ErrInvalid, ErrUnavailable.
func (r *Registry) SetRoom(ctx context.Context, id tenant.CellID, silos int) error {
	if silos < 0 || silos > tenant.MaxSilos {
		return tenant.Invalid("a cell's room for silo tenants")
	}
	_, err := r.cell(id).Update(ctx, []firestore.Update{{Path: "silos", Value: silos}})
	if status.Code(err) == codes.NotFound {
		return tenant.Invalid("no cell " + id.String())
	}
	return cellError(err)
}

// Cell reads one cell: ErrInvalid if there is none, ErrUnavailable.
func (r *Registry) Cell(ctx context.Context, id tenant.CellID) (tenant.Cell, error) {
	if id.IsZero() {
		return tenant.Cell{}, tenant.Invalid("cell id")
	}
	doc, err := r.cell(id).Get(ctx)
	if status.Code(err) == codes.NotFound {
		return tenant.Cell{}, tenant.Invalid("no cell " + id.String())
	}
	if err != nil {
		return tenant.Cell{}, tenant.Unavailable("registry", err)
	}
	c, _, err := cellOf(doc)
	if err != nil {
		return tenant.Cell{}, tenant.Unavailable("registry", err)
	}
	return c, nil
}

// place finds a cell of t's region with room for it and takes the room, all within tx: two tenants
// are never given the last place. Of several cells, the first by name is filled first. A tenant
// that asks for a cell gets that one or none.
func (r *Registry) place(tx *firestore.Transaction, t tenant.Tenant) (tenant.Tenant, error) {
	docs, err := tx.Documents(r.db.Collection("cells").Where("region", "==", int64(t.Region))).GetAll()
	if err != nil {
		return t, err
	}
	slices.SortFunc(docs, func(a, b *firestore.DocumentSnapshot) int { return strings.Compare(a.Ref.ID, b.Ref.ID) })
	for _, doc := range docs {
		c, taken, err := cellOf(doc)
		if err != nil {
			return t, err
		}
		if !t.Cell.IsZero() && t.Cell != c.ID || !c.Admits(t.Isolation, taken) {
			continue
		}
		t.Cell = c.ID
		return t, r.take(tx, t, +1)
	}
	return t, fmt.Errorf("%w: %s, for a %s tenant, among %d: add one, or raise the room of one",
		ErrNoRoom, t.Region.Name(), t.Isolation, len(docs))
}

// take counts a silo tenant in or out of its cell.
func (r *Registry) take(tx *firestore.Transaction, t tenant.Tenant, by int) error {
	if t.Isolation != tenant.Silo {
		return nil
	}
	return tx.Update(r.cell(t.Cell), []firestore.Update{{Path: "taken", Value: firestore.Increment(by)}})
}

func (r *Registry) cell(id tenant.CellID) *firestore.DocumentRef {
	return r.db.Collection("cells").Doc(id.String())
}

func (r *Registry) storedCell(tx *firestore.Transaction, id tenant.CellID) (tenant.Cell, int, error) {
	doc, err := tx.Get(r.cell(id))
	if err != nil {
		return tenant.Cell{}, 0, err
	}
	return cellOf(doc)
}

func cellOf(doc *firestore.DocumentSnapshot) (tenant.Cell, int, error) {
	var r cellRecord
	if err := doc.DataTo(&r); err != nil {
		return tenant.Cell{}, 0, fmt.Errorf("cell record: %w", err)
	}
	id, err := tenant.ParseCellID(doc.Ref.ID)
	if err != nil {
		return tenant.Cell{}, 0, fmt.Errorf("cell record: %w", err)
	}
	region, err := tenant.ParseRegion(r.Region)
	if err != nil {
		return tenant.Cell{}, 0, fmt.Errorf("cell record %s: %w", id, err)
	}
	c := tenant.Cell{ID: id, Project: r.Project, Region: region, Silos: r.Silos, PoolDatabase: r.PoolDatabase, PoolBucket: r.PoolBucket}
	if err := c.Validate(); err != nil {
		return tenant.Cell{}, 0, fmt.Errorf("cell record %s: %w", id, err)
	}
	return c, r.Taken, nil
}

func cellError(err error) error {
	if err == nil || errors.Is(err, tenant.ErrInvalid) {
		return err
	}
	return tenant.Unavailable("registry", err)
}
