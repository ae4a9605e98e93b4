package defaultcredentials

import (
	"context"
	"os"

	"cloud.google.com/go/auth/credentials" // want "credential: import of cloud.google.com/go/auth/credentials"
	"golang.org/x/oauth2/google"           // want "credential: import of golang.org/x/oauth2/google"
)

func All(ctx context.Context) {
	_, _ = google.FindDefaultCredentials(ctx) // want "credential: google.FindDefaultCredentials"
	_, _ = google.DefaultTokenSource(ctx)     // want "credential: google.DefaultTokenSource"
	_, _ = google.JWTConfigFromJSON(nil)
	_, _ = credentials.DetectDefault(nil)           // want "credential: credentials.DetectDefault"
	_ = os.Getenv("GOOGLE_APPLICATION_CREDENTIALS") // want "credential: .GOOGLE_APPLICATION_CREDENTIALS"
}
