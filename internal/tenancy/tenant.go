package tenancy

import (
	"unicode"
	"unicode/utf8"
)

// Status is where a tenant stands in its life cycle. Only Active tenants are served.
type Status string

// The states. Deleted is final.
const (
	Provisioning Status = "provisioning"
	Active       Status = "active"
	Suspended    Status = "suspended"
	Deleted      Status = "deleted"
)

// IsValid reports whether s is one of the states.
func (s Status) IsValid() bool {
	return s == Provisioning || s == Active || s == Suspended || s == Deleted
}

// Isolation is how a tenant is kept apart.
type Isolation string

// Silo: own account, database and bucket, enforced by IAM. Pool: shared database and bucket of a cell.
const (
	Silo Isolation = "silo"
	Pool Isolation = "pool"
)

// IsValid reports whether i is one of the levels.
func (i Isolation) IsValid() bool { return i == Silo || i == Pool }

// Tenant is a registry record.
type Tenant struct {
	ID             ID
	Slug           Slug
	Name           string // for people: 1 to 80 printable characters
	Region         Region
	Cell           CellID // given by Reserve
	Isolation      Isolation
	Status         Status
	IdentityTenant string // Identity Platform tenant id, assigned by Google
	ServiceAccount string // e-mail
	Database       string // Firestore database id
	Bucket         string
}

const nameMax = 80

// validate reports whether t may be written: ErrInvalid names the first fault. What onboarding fills in later may be
// empty until the tenant is to be active.
func (t Tenant) validate() error {
	switch {
	case t.ID.IsZero():
		return invalid("tenant id")
	case t.Slug.IsZero():
		return invalid("slug")
	case !isName(t.Name):
		return invalid("tenant name")
	case !t.Region.IsValid():
		return invalid("region")
	case !t.Isolation.IsValid():
		return invalid("isolation")
	case !t.Status.IsValid():
		return invalid("status")
	case t.Status == Active && (t.IdentityTenant == "" || t.ServiceAccount == "" || t.Database == "" || t.Bucket == ""):
		return invalid("active tenant without its resources")
	}
	return nil
}

func isName(s string) bool {
	if s == "" || !utf8.ValidString(s) || utf8.RuneCountInString(s) > nameMax {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// mayBecome reports whether a record of t may be replaced by next: who a tenant is never changes, what Google assigned
// changes only from nothing to something, and the deleted stay deleted.
func (t Tenant) mayBecome(next Tenant) error {
	switch {
	case t.ID != next.ID, t.Slug != next.Slug, t.Region != next.Region, t.Isolation != next.Isolation:
		return invalid("identifier, slug, region and isolation cannot change")
	case t.Cell != next.Cell:
		return invalid("the cell cannot change")
	case t.IdentityTenant != "" && t.IdentityTenant != next.IdentityTenant:
		return invalid("the identity tenant cannot change")
	case t.Status == Deleted && next.Status != Deleted:
		return invalid("a deleted tenant stays deleted")
	}
	return nil
}
