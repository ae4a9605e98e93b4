package methodvalue

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

var again func(context.Context, string) (notes.Page, error)

type site struct {
	list func(context.Context, string) (notes.Page, error)
}

func (s *site) notes(c echo.Context, g machine.Grant) error {
	r := notes.NewRepository(g)
	s.list = r.List // want "state: s.list is changed"
	again = r.List  // want "state: again is changed" "keep: a grant or a client is kept in a package variable"
	return nil
}

// counter handles requests, which only the place tells where it is registered.
type counter struct{ served int }

func (n *counter) serve(ctx context.Context, in *struct{}) (*struct{}, error) {
	n.served++ // want "state: n.served is changed"
	return in, nil
}

func wire(register func(func(context.Context, *struct{}) (*struct{}, error))) {
	n := &counter{}
	register(n.serve)
}
