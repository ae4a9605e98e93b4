// Package visits writes to what belongs to one request: a struct in its context, local maps, buffers and builders.
package visits

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
)

type visit struct {
	caller *machine.Principal
	code   string
	notes  map[string]string
}

type key struct{}

func identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := &visit{notes: map[string]string{}}
		c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), key{}, v)))
		return next(c)
	}
}

func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(key{}).(*visit)
	return v
}

func note(ctx context.Context, p machine.Principal, code string) {
	v := visitOf(ctx)
	v.code, v.caller = code, &p
	v.notes["code"] = code
	delete(v.notes, "old")
}

// shell draws the frame of a page: what it needs is made for each request.
type shell struct {
	b     strings.Builder
	names []string
}

func (s *shell) add(name string) *shell {
	s.names = append(s.names, name)
	s.b.WriteString(name)
	return s
}

func page(c echo.Context) error {
	var (
		mu      sync.Mutex
		seen    = map[string]int{}
		longest atomic.Int64
		out     bytes.Buffer
	)
	count := func(name string) { seen[name]++ }
	for _, name := range c.ParamNames() {
		mu.Lock()
		count(name)
		mu.Unlock()
		longest.Store(int64(len(name)))
	}
	names := new(shell).add("a").add("b").names
	slices.Sort(names)
	out.WriteString(strings.Join(names, ","))
	note(c.Request().Context(), machine.Principal{}, out.String())
	return nil
}
