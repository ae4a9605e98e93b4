package reexport

import (
	"context"

	"cloud.google.com/go/storage"
)

// New is a constructor under another name.
var New = storage.NewClient // want "client: storage.NewClient"

// Late is one that is assigned later.
var Late func(context.Context) error

func init() {
	Late = func(ctx context.Context) error {
		_, err := open(ctx)
		return err
	}
}

// Wrapped hides the client.
func Wrapped(ctx context.Context) any {
	client, _ := open(ctx)
	return client
}

func open(ctx context.Context) (*storage.Client, error) {
	//isolint:allow client what is exempt here is not exempt in the packages that import this one
	return storage.NewClient(ctx)
}

// Opener does it in a method.
type Opener struct{}

// Open opens.
func (Opener) Open(ctx context.Context) any { return Wrapped(ctx) }
