package tenant

import "strings"

// Cell is a project and a region: where the accounts, databases and buckets of some tenants are. A
// project holds about a hundred databases, so there are as many cells as it takes; and what goes
// wrong in one stays there.
type Cell struct {
	ID      CellID
	Project string // id of the Google Cloud project
	Region  Region

	Silos        int    // how many silo tenants may live here; 0: none
	PoolDatabase string // id of the database that the pooled tenants share
	PoolBucket   string // and their bucket. Both empty: none may live here
}

// MaxSilos is how many silo tenants a cell has room for at most: a project's 100 databases, less
// the pool's and one that may be the control plane's.
const MaxSilos = 98

// CellID is a cell's identifier, as in "eu-1": lower-case letters, digits and single hyphens, at
// most 30. The zero CellID is no cell's.
type CellID struct{ s string }

const cellIDMax = 30

// ParseCellID parses s. It returns ErrInvalid if s is not of the form.
func ParseCellID(s string) (CellID, error) {
	if s == "" || len(s) > cellIDMax || strings.HasPrefix(s, "-") || strings.HasSuffix(s, "-") || strings.Contains(s, "--") ||
		!all(s, func(c byte) bool { return isLowerOrDigit(c) || c == '-' }) {
		return CellID{}, Invalid("cell id")
	}
	return CellID{s}, nil
}

// DefaultCell is the cell of a region's tenants whose records name none: those from before there
// were cells. It is the zero CellID for an invalid region.
func DefaultCell(r Region) CellID {
	if !r.IsValid() {
		return CellID{}
	}
	return CellID{r.String() + "-1"}
}

func (c CellID) String() string { return c.s }

// IsZero reports whether c is the zero CellID.
func (c CellID) IsZero() bool { return c.s == "" }

// Validate reports whether c may be written: ErrInvalid names the first fault.
func (c Cell) Validate() error {
	switch {
	case c.ID.IsZero():
		return Invalid("cell id")
	case c.Project == "":
		return Invalid("a cell without a project")
	case !c.Region.IsValid():
		return Invalid("region")
	case c.Silos < 0 || c.Silos > MaxSilos:
		return Invalid("a cell's room for silo tenants")
	case (c.PoolDatabase == "") != (c.PoolBucket == ""):
		return Invalid("a pool is a database and a bucket")
	}
	return nil
}

// Admits reports whether a tenant of this isolation fits beside taken silo tenants.
func (c Cell) Admits(i Isolation, taken int) bool {
	if i == Pool {
		return c.PoolDatabase != ""
	}
	return taken < c.Silos
}
