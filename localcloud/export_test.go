package localcloud

import "github.com/bulkhead-saas/bulkhead/localcloud/identity"

// Methods returns the full name of every method that the cloud's gRPC server serves.
func (c *Cloud) Methods() []string {
	var all []string
	for service, info := range c.serving.grpc.GetServiceInfo() {
		for _, m := range info.Methods {
			all = append(all, "/"+service+"/"+m.Name)
		}
	}
	return all
}

// UserRoutes is the inventory of Identity Platform.
func (c *Cloud) UserRoutes() []identity.Route { return c.identity.Routes() }

// Merge is merge.
var Merge = merge
