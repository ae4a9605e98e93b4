package contextclosure

import "github.com/labstack/echo/v4"

func Later(c echo.Context) func() error {
	return func() error { return c.NoContent(204) } // want "context: what is returned holds"
}

func Method(c echo.Context) func(int) error {
	return c.NoContent // want "context: what is returned holds"
}

func All(c echo.Context) []func() {
	var jobs []func()
	jobs = append(jobs, func() { _ = c.NoContent(204) })
	for _, job := range jobs {
		go job() // want "context: a goroutine is given"
	}
	return jobs // want "context: what is returned holds"
}

func Anything(c echo.Context) any {
	return struct{ path func() string }{c.Path} // want "context: what is returned holds" "context: .* stored in struct"
}
