package location

import "github.com/bulkhead-saas/bulkhead/internal/tenant"

// PlatformDatabase is the control plane's database.
const PlatformDatabase = "platform"

// AdapterDatabase is the Adapter's own database.
const AdapterDatabase = "forwarding"

// AccountOf is the e-mail of the tenant's service account.
func AccountOf(project string, id tenant.ID) string {
	return id.String() + "@" + project + ".iam.gserviceaccount.com"
}
