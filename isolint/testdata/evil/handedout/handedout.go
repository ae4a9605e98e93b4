package handedout

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
)

func All(ctx context.Context, m *machine.Machine) {
	_ = m.Raw()                // want "wrapper: machine.Machine.Raw hands out firestore.Client"
	_ = m.Files                // want "wrapper: machine.Machine.Files hands out storage.Client"
	_ = m.Registry()           // want "wrapper: machine.Machine.Registry is not for this package"
	_, _ = machine.Open(ctx)   // want "wrapper: machine.Open is not for this package"
	_, _ = machine.Opener(ctx) // want "wrapper: machine.Opener hands out storage.Client"
	_ = machine.Host           // want "host: googleapis.com"
}
