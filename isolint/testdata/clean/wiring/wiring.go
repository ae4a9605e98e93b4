// Package wiring may use what the configuration gives it.
package wiring

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
	"github.com/bulkhead-saas/bulkhead/isolint/testdata/clean/vended"
)

// Wire wires.
func Wire(ctx context.Context) (*vended.Registry, error) {
	m, err := machine.Open(ctx)
	if err != nil {
		return nil, err
	}
	return vended.NewRegistry(m.Registry()), nil
}
