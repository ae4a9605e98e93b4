package contextgoroutine

import (
	"context"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"
)

type job struct{ c echo.Context }

func (j job) run() {}

func All(c echo.Context, group *errgroup.Group) error {
	go work(c)                   // want "context: a goroutine is given"
	go func() { _ = c.Path() }() // want "context: a goroutine is given"
	go func() {                  // want "context: a goroutine is given"
		func() { _ = c.Path() }()
	}()
	go c.Error(nil)        // want "context: a goroutine is given"
	go job{c}.run()        // want "context: a goroutine is given" "context: .* stored in contextgoroutine.job"
	go write(c.Response()) // want "context: a goroutine is given"
	later := func() { work(c) }
	go later() // want "context: a goroutine is given"
	method := c.JSON
	go func() { _ = method(200, nil) }() // want "context: a goroutine is given"
	var any any = c
	go take(any) // want "context: a goroutine is given"
	var wait sync.WaitGroup
	wait.Go(func() { work(c) })                        // want "context: sync.WaitGroup.Go is given"
	wait.Go(later)                                     // want "context: sync.WaitGroup.Go is given"
	group.Go(func() error { return c.NoContent(204) }) // want "context: errgroup.Group.Go is given"
	time.AfterFunc(time.Second, later)                 // want "context: time.AfterFunc is given"
	context.AfterFunc(c.Request().Context(), later)    // want "context: context.AfterFunc is given"
	return nil
}

func work(echo.Context)    {}
func write(*echo.Response) {}
func take(any)             {}
