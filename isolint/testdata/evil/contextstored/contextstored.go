package contextstored

import (
	"context"
	"sync"

	"github.com/labstack/echo/v4"
)

type server struct {
	last     echo.Context
	byID     map[string]echo.Context
	deferred []func()
	pool     sync.Map
}

type key struct{}

var current echo.Context // want "context: package variable current"

var anything any

func (s *server) All(c echo.Context, p *echo.Context) {
	s.last = c                                                // want "context: what belongs to a request is stored"
	s.byID["x"] = c                                           // want "context: what belongs to a request is stored"
	*p = c                                                    // want "context: what belongs to a request is stored"
	current = c                                               // want "context: what belongs to a request is stored"
	anything = c                                              // want "context: what belongs to a request is stored"
	s.deferred = append(s.deferred, func() { _ = c.Path() })  // want "context: what belongs to a request is stored"
	s.pool.Store("x", c)                                      // want "context: sync.Map.Store keeps"
	_ = []echo.Context{c}                                     // want "context: what belongs to a request is stored in \\[\\]echo.Context"
	_ = &server{last: c}                                      // want "context: what belongs to a request is stored in contextstored.server"
	ctx := context.WithValue(c.Request().Context(), key{}, c) // want "context: what belongs to a request is stored in a context"
	go wait(ctx)                                              // want "context: a goroutine is given"
}

func wait(context.Context) {}
