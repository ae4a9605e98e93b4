package tenant

// Region is where a tenant's data resides. Its number is the claim rg: numbers are never given a
// second meaning.
type Region uint8

// The regions.
const (
	US Region = iota + 1
	EU
	Asia
)

// regions is the one table of them. A new region is a new row here and a vault bucket of that name.
var regions = [...]struct{ code, location, name string }{
	US:   {"us", "us-central1", "United States"},
	EU:   {"eu", "europe-west1", "European Union"},
	Asia: {"asia", "asia-northeast1", "Asia"},
}

// Regions returns all regions, in the order of their numbers.
func Regions() []Region { return []Region{US, EU, Asia} }

// ParseRegion parses the claim's integer. It returns ErrInvalid for a number that is no region's.
func ParseRegion(n int64) (Region, error) {
	if n < int64(US) || n >= int64(len(regions)) {
		return 0, Invalid("region")
	}
	return Region(n), nil
}

// IsValid reports whether r is one of the regions.
func (r Region) IsValid() bool { return US <= r && int(r) < len(regions) }

func (r Region) row() (row struct{ code, location, name string }) {
	if r.IsValid() {
		row = regions[r]
	}
	return row
}

// String is the region's short code, "us", "eu" or "asia", which names its vault bucket; empty for
// an invalid region.
func (r Region) String() string { return r.row().code }

// Location is the Google Cloud location of the region's databases and buckets, e.g. "europe-west1";
// empty for an invalid region.
func (r Region) Location() string { return r.row().location }

// Name is the region's name for people, e.g. "European Union"; empty for an invalid region.
func (r Region) Name() string { return r.row().name }
