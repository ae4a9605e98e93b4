package contextclosure

import "github.com/labstack/echo/v4"

func Later(c echo.Context) func() error {
	return func() error { return c.NoContent(204) } // want "context: a function that is returned holds"
}

func Method(c echo.Context) func(int) error {
	return c.NoContent // want "context: a function that is returned holds"
}
