package handlerholds

import (
	"context"
	"log/slog"
	"net/http"
	"os"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

// New is given a grant by somebody who should not have one.
func New(e *echo.Echo, g machine.Grant) {
	e.GET("/", func(c echo.Context) error { // want "keep: a handler holds what was vended"
		_, err := notes.NewRepository(g).List(c.Request().Context(), "")
		return err
	})
	r := notes.NewRepository(g)
	list := r.List
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { // want "keep: a handler holds what was vended"
		_, _ = list(context.Background(), "")
	})
}

func save(title string) error {
	os.Setenv("LAST_TITLE", title)                       // want "state: os.Setenv changes the process"
	slog.SetDefault(slog.Default().With("title", title)) // want "state: slog.SetDefault changes the process"
	return os.WriteFile("last", []byte(title), 0o600)    // want "state: os.WriteFile changes the process"
}
