// Package limits counts requests. The configuration names it among those that keep something.
package limits

import (
	"sync"

	"github.com/labstack/echo/v4"
)

// Limiter counts.
type Limiter struct {
	mu    sync.Mutex
	taken map[string]int
}

// New makes one.
func New() *Limiter { return &Limiter{taken: map[string]int{}} }

// Middleware counts a request.
func (l *Limiter) Middleware(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		l.mu.Lock()
		l.taken[c.Param("tenant")]++
		l.mu.Unlock()
		return next(c)
	}
}
