package storage

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// bucketOutputs are the members of a bucket resource that only answers set.
var bucketOutputs = []string{"kind", "id", "selfLink", "projectNumber", "timeCreated", "updated", "generation", "metageneration",
	"etag", "owner", "locationType", "satisfiesPZS", "satisfiesPZI"}

var (
	locationForm   = regexp.MustCompile(`^[A-Z][A-Z0-9-]{1,40}$`)
	storageClasses = []string{"STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"}
	corsMethods    = []string{"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "*"}
)

// completeBucket fills in defaults and refuses settings that the service could not keep its word
// on.
func completeBucket(b *store.BucketSettings) error {
	b.Location = strings.ToUpper(b.Location)
	if b.Location == "" {
		b.Location = "US"
	}
	if !locationForm.MatchString(b.Location) {
		return refuseWith(http.StatusBadRequest, "invalid", "InvalidLocationConstraint", "The specified location constraint is not valid.")
	}
	if b.StorageClass == "" {
		b.StorageClass = "STANDARD"
	}
	if !slices.Contains(storageClasses, b.StorageClass) {
		return invalid("Invalid storage class: %s.", b.StorageClass)
	}
	if len(b.Labels) > 64 {
		return invalid("A bucket has at most 64 labels.")
	}
	for k, v := range b.Labels {
		if k == "" || len(k) > 63 || len(v) > 63 || k+v != strings.ToLower(k+v) {
			return invalid("Invalid label: %s.", k)
		}
	}
	for _, rule := range b.CORS {
		if rule.MaxAgeSeconds < 0 || slices.ContainsFunc(rule.Method, func(m string) bool { return !slices.Contains(corsMethods, m) }) {
			return invalid("Invalid CORS configuration.")
		}
	}
	if n := len(b.Lifecycle); n > 0 && b.Lifecycle[0] != '{' {
		return invalid("Invalid value for: lifecycle.")
	}
	if p := b.SoftDeletePolicy; p != nil && p.RetentionDurationSeconds != 0 {
		return unsupported("Soft deletion is not supported; set softDeletePolicy.retentionDurationSeconds to 0.")
	}
	b.SoftDeletePolicy = nil
	return completeAccess(b)
}

// completeAccess makes uniform bucket-level access explicit. A request for a bucket with access
// control lists is answered as in an organization whose policy forbids them.
func completeAccess(b *store.BucketSettings) error {
	conf := store.IAMConfiguration{PublicAccessPrevention: "inherited"}
	if b.IAMConfiguration != nil {
		conf = *b.IAMConfiguration
	}
	if u := conf.UniformBucketLevelAccess; u != nil && !u.Enabled {
		return refuseWith(http.StatusPreconditionFailed, "conditionNotMet", "PreconditionFailed",
			"Request violates constraint 'constraints/storage.uniformBucketLevelAccess'")
	}
	switch conf.PublicAccessPrevention {
	case "", "unspecified":
		conf.PublicAccessPrevention = "inherited"
	case "inherited", "enforced":
	default:
		return invalid("Invalid value for: publicAccessPrevention.")
	}
	conf.UniformBucketLevelAccess = &store.UniformAccess{Enabled: true}
	conf.BucketPolicyOnly = conf.UniformBucketLevelAccess
	b.IAMConfiguration = &conf
	return nil
}
