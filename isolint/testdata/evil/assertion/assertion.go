package assertion

import (
	"context"
	"reflect"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
)

type key struct{}

func All(ctx context.Context, v any, g machine.Grant) {
	_ = v.(*firestore.Client)               // want "assert: firestore.Client is looked for in an interface"
	_, _ = v.(*storage.Client)              // want "assert: storage.Client is looked for in an interface"
	_, _ = ctx.Value(key{}).(machine.Grant) // want "assert: machine.Grant is looked for in an interface"
	_ = reflect.ValueOf(g).Field(0)         // want "assert: machine.Grant is taken apart by reflection"
	_ = reflect.TypeFor[storage.Client]()   // want "assert: TypeFor is instantiated with storage.Client"
	switch v.(type) {
	case nil, *storage.Client: // want "assert: storage.Client is looked for in an interface"
	}
}
