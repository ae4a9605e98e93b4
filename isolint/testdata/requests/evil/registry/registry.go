package registry

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
)

type site struct {
	registry *machine.Registry // want "wrapper: machine.Registry is not for this package"
	deps     Deps
}

// Deps is given by whoever wires.
type Deps struct {
	All map[string]*machine.Registry // want "wrapper: machine.Registry is not for this package"
}

// tenants is public, and prints every tenant's record.
func (s *site) tenants(c echo.Context) error {
	names, err := s.registry.List(c.Request().Context()) // want "wrapper: machine.Registry.List is of machine.Registry"
	if err != nil {
		return err
	}
	for _, r := range s.deps.All {
		names = append(names, r.Names...) // want "wrapper: machine.Registry.Names is of machine.Registry"
	}
	return c.JSON(http.StatusOK, names)
}
