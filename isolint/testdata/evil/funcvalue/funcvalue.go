package funcvalue

import (
	"context"
	"reflect"

	"cloud.google.com/go/storage"
	firebase "firebase.google.com/go/v4"
)

type table struct{ open any }

func All(ctx context.Context, app *firebase.App) {
	f := storage.NewClient // want "client: storage.NewClient"
	_, _ = f(ctx)
	take(storage.NewGRPCClient)                // want "client: storage.NewGRPCClient"
	_ = table{open: storage.NewClient}         // want "client: storage.NewClient"
	_ = map[string]any{"s": storage.NewClient} // want "client: storage.NewClient"
	_ = reflect.ValueOf(storage.NewClient)     // want "client: storage.NewClient"
	value := app.Firestore                     // want "client: firebase.App.Firestore"
	_, _ = value(ctx)
	expression := (*firebase.App).Storage // want "client: firebase.App.Storage"
	_, _ = expression(app, ctx)
	defer storage.NewClient(ctx) // want "client: storage.NewClient"
}

func take(any) {}
