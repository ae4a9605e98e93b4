package console

import (
	"net/http"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

type rolesView struct {
	Filter string
	Roles  []iam.RoleInfo
}

// roles lists the roles whose name, title or permissions contain what is asked for.
func (c *console) roles(r *http.Request) (sheet, error) {
	v := rolesView{Filter: r.URL.Query().Get("filter")}
	for _, role := range c.IAM.Roles() {
		matches := contains(role.Name, v.Filter) || contains(role.Title, v.Filter)
		for _, p := range role.Permissions {
			matches = matches || contains(p, v.Filter)
		}
		if matches {
			v.Roles = append(v.Roles, role)
		}
	}
	return sheet{Crumbs: []link{{"Policies", "/policies"}}, Data: v}, nil
}
