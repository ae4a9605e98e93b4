package impersonation

import (
	"context"

	"cloud.google.com/go/auth/credentials/impersonate" // want "credential: import of cloud.google.com/go/auth/credentials/impersonate"
	"google.golang.org/api/idtoken"                    // want "credential: import of google.golang.org/api/idtoken"
	old "google.golang.org/api/impersonate"            // want "credential: import of google.golang.org/api/impersonate"
)

func All(ctx context.Context) {
	_, _ = impersonate.NewCredentials(nil)                          // want "credential: impersonate.NewCredentials"
	_, _ = old.CredentialsTokenSource(ctx, old.CredentialsConfig{}) // want "credential: impersonate.CredentialsTokenSource"
	_, _ = idtoken.NewClient(ctx, "a")                              // want "client: idtoken.NewClient"
}
