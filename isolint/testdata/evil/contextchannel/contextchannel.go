package contextchannel

import "github.com/labstack/echo/v4"

type event struct{ c echo.Context }

func All(c echo.Context, contexts chan<- echo.Context, events chan<- event, jobs chan<- func()) {
	contexts <- c                           // want "context: what belongs to a request is sent to a channel"
	events <- event{c: c}                   // want "context: .* sent to a channel" "context: .* stored in contextchannel.event"
	jobs <- func() { _ = c.NoContent(204) } // want "context: what belongs to a request is sent to a channel"
}
