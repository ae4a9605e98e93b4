package registry

import (
	"cmp"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// tenantRecord is how a Tenant is stored, in tenants/<tenant id>. Fields may be added; none may
// change its meaning.
type tenantRecord struct {
	Slug           string `firestore:"slug"`
	Name           string `firestore:"name"`
	Region         int64  `firestore:"region"`
	Cell           string `firestore:"cell"`
	Isolation      string `firestore:"isolation"`
	Status         string `firestore:"status"`
	IdentityTenant string `firestore:"identityTenant"`
	ServiceAccount string `firestore:"serviceAccount"`
	Database       string `firestore:"database"`
	Bucket         string `firestore:"bucket"`

	Version int64          `firestore:"version"` // none in a record from before there were versions
	History []changeRecord `firestore:"history"` // the newest last, at most historyKept
}

// changeRecord is how a Change is stored.
type changeRecord struct {
	At   time.Time `firestore:"at"`
	From string    `firestore:"from"`
	To   string    `firestore:"to"`
	By   string    `firestore:"by"`
}

// slugRecord is stored in slugs/<slug>. That a document's name exists once makes a slug unique.
type slugRecord struct {
	Tenant string `firestore:"tenant"`
}

func recordOf(t tenant.Tenant) tenantRecord {
	return tenantRecord{
		Slug:           t.Slug.String(),
		Name:           t.Name,
		Region:         int64(t.Region),
		Cell:           t.Cell.String(),
		Isolation:      string(t.Isolation),
		Status:         string(t.Status),
		IdentityTenant: t.IdentityTenant,
		ServiceAccount: t.ServiceAccount,
		Database:       t.Database,
		Bucket:         t.Bucket,
		Version:        t.Version,
	}
}

// tenantOf parses a stored record as strictly as any input. A record that no version of this code
// wrote is a fault, not a tenant.
func tenantOf(doc *firestore.DocumentSnapshot) (tenant.Tenant, error) {
	var r tenantRecord
	if err := doc.DataTo(&r); err != nil {
		return tenant.Tenant{}, fmt.Errorf("tenant record: %w", err)
	}
	id, err := tenant.ParseID(doc.Ref.ID)
	if err != nil {
		return tenant.Tenant{}, fmt.Errorf("tenant record: %w", err)
	}
	slug, err := tenant.ParseSlug(r.Slug)
	if err != nil {
		return tenant.Tenant{}, fmt.Errorf("tenant record %s: %w", id, err)
	}
	region, err := tenant.ParseRegion(r.Region)
	if err != nil {
		return tenant.Tenant{}, fmt.Errorf("tenant record %s: %w", id, err)
	}
	cell := tenant.DefaultCell(region) // a record from before there were cells
	if r.Cell != "" {
		if cell, err = tenant.ParseCellID(r.Cell); err != nil {
			return tenant.Tenant{}, fmt.Errorf("tenant record %s: %w", id, err)
		}
	}
	t := tenant.Tenant{
		ID:             id,
		Slug:           slug,
		Name:           r.Name,
		Region:         region,
		Cell:           cell,
		Isolation:      tenant.Isolation(r.Isolation),
		Status:         tenant.Status(r.Status),
		IdentityTenant: r.IdentityTenant,
		ServiceAccount: r.ServiceAccount,
		Database:       r.Database,
		Bucket:         r.Bucket,
		Version:        cmp.Or(r.Version, tenant.FirstVersion),
	}
	if err := t.Validate(); err != nil {
		return tenant.Tenant{}, fmt.Errorf("tenant record %s: %w", id, err)
	}
	return t, nil
}

func slugHolder(doc *firestore.DocumentSnapshot) (tenant.ID, error) {
	var r slugRecord
	if err := doc.DataTo(&r); err != nil {
		return tenant.ID{}, fmt.Errorf("slug record: %w", err)
	}
	return tenant.ParseID(r.Tenant)
}
