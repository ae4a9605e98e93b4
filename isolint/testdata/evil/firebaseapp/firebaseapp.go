package firebaseapp

import (
	"context"

	firebase "firebase.google.com/go/v4"
)

func All(ctx context.Context) {
	app, _ := firebase.NewApp(ctx, nil) // want "client: firebase.NewApp makes firebase.App"
	_, _ = app.Firestore(ctx)           // want "client: firebase.App.Firestore makes firestore.Client"
	_, _ = app.Storage(ctx)             // want "client: firebase.App.Storage makes storage.Client"
	_, _ = app.Auth(ctx)                // want "client: firebase.App.Auth makes auth.Client"
}
