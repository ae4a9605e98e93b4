package tenant

import (
	"unicode/utf8"

	"github.com/bulkhead-saas/bulkhead/internal/displayname"
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

// Silo: own account, database and bucket, enforced by IAM. Pool: shared database and bucket of a
// cell.
const (
	Silo Isolation = "silo"
	Pool Isolation = "pool"
)

// IsValid reports whether i is one of the levels.
func (i Isolation) IsValid() bool { return i == Silo || i == Pool }

// FirstVersion is the version of a new record, and of one from before records had versions.
const FirstVersion = 1

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

	// Version counts the changes of the record, from 1. A Transition names the version it is based
	// on.
	Version int64
}

const nameMax = 80

// Validate reports whether t may be written: ErrInvalid names the first fault. What onboarding
// fills in later may be empty until the tenant is to be active.
func (t Tenant) Validate() error {
	switch {
	case t.ID.IsZero():
		return Invalid("tenant id")
	case t.Slug.IsZero():
		return Invalid("slug")
	case !IsName(t.Name):
		return Invalid("tenant name")
	case !t.Region.IsValid():
		return Invalid("region")
	case !t.Isolation.IsValid():
		return Invalid("isolation")
	case !t.Status.IsValid():
		return Invalid("status")
	case t.Version < FirstVersion:
		return Invalid("version")
	case t.Status == Active && (t.IdentityTenant == "" || t.ServiceAccount == "" || t.Database == "" || t.Bucket == ""):
		return Invalid("active tenant without its resources")
	}
	return nil
}

// IsName reports whether s can be the name of a tenant or of an API key: 1 to 80 printable
// characters.
func IsName(s string) bool { return IsPrintable(s, nameMax) }

// IsPrintable reports whether s is UTF-8 of at most limit characters that people can see, by
// displayname.Check.
func IsPrintable(s string, limit int) bool {
	return utf8.RuneCountInString(s) <= limit && displayname.Check(s) == nil
}
