package vault

import (
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"strings"
)

// Location is where the object says that the tenant's data is. It returns ErrMisfiled if the object
// disagrees with what the registry says of the tenant: its id and its cell. The names of a silo's
// database and bucket follow from the two, those of a pool stand in the cell. So an object that
// names another tenant's database, or a pool's where it says silo, is refused: otherwise its tenant
// would be given the other's data, or the whole pool, as its scope.
func (f *File) Location(id tenant.ID, cell tenant.Cell) (location.Location, error) {
	own := location.Silo(cell.Project, id)
	switch {
	case f.Tenant != id.String(), f.Region != int64(cell.Region), f.cell() != cell.ID.String(),
		!plainName(f.Database), !plainName(f.Bucket), f.Database == location.PlatformDatabase:
		return location.Location{}, ErrMisfiled
	case f.Isolation == string(tenant.Silo) && f.Database == own.Database && f.Bucket == own.Bucket:
		return own, nil
	case f.Isolation == string(tenant.Pool) && f.Database == cell.PoolDatabase && f.Bucket == cell.PoolBucket:
		return location.Pool(cell.Project, f.Database, f.Bucket, id), nil
	}
	return location.Location{}, ErrMisfiled
}

// plainName reports whether s is fit to be the name of a database or a bucket: names become parts
// of paths.
func plainName(s string) bool {
	return len(s) >= 3 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
