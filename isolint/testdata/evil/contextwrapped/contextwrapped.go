package contextwrapped

import "github.com/labstack/echo/v4"

// Custom is a context of our own, as Echo's guide has it. It goes back to the pool with the one in it.
type Custom struct {
	echo.Context
	user string
}

// Narrow is what we need of one.
type Narrow interface {
	echo.Context
	User() string
}

func All(c *Custom, n Narrow) {
	go use(c)   // want "context: a goroutine is given"
	go func() { // want "context: a goroutine is given"
		_ = n.User()
	}()
	go generic(c) // want "context: a goroutine is given"
}

func use(echo.Context) {}

func generic[C echo.Context](c C) {
	go use(c) // want "context: a goroutine is given"
}
