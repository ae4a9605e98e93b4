// Package handlers keeps nothing of a request.
package handlers

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/clean/background"
)

type server struct {
	handlers map[string]echo.HandlerFunc
	log      func(string)
}

func (s *server) register(e *echo.Echo) {
	s.handlers = map[string]echo.HandlerFunc{"/": s.home}
	e.GET("/", s.handlers["/"])
	e.Use(s.middleware)
}

// middleware returns functions that are given a context, and hold none.
func (s *server) middleware(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		defer func() { s.log(c.Path() + time.Since(start).String()) }()
		c.Set("start", start)
		return next(c)
	}
}

// home works in parallel on what it has taken out of the context, and calls back while it waits.
func (s *server) home(c echo.Context) error {
	id, ctx := c.Param("id"), c.Request().Context()
	go s.log(c.Param("id"))
	go func(id string) { s.log(id) }(c.Param("id"))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return work(ctx, id) })
	var once sync.Once
	once.Do(func() { s.log(c.Path()) })
	slices.SortFunc(c.ParamNames(), func(a, b string) int { return len(c.Param(a)) - len(c.Param(b)) })
	background.Each(c.ParamNames(), func(name string) { s.log(c.Param(name)) })
	background.Go(func() { s.log(id) })
	answer := func(code int) error { return c.NoContent(code) }
	if err := group.Wait(); err != nil {
		return answer(http.StatusInternalServerError)
	}
	return answer(http.StatusNoContent)
}

func work(context.Context, string) error { return nil }
