package location

import "github.com/bulkhead-saas/bulkhead/internal/tenant"

// PlatformDatabase is the control plane's database.
const PlatformDatabase = "platform"

// AccountOf is the e-mail of the tenant's service account.
func AccountOf(project string, id tenant.ID) string {
	return id.String() + "@" + project + ".iam.gserviceaccount.com"
}
