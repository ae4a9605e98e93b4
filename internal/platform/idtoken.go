package platform

import (
	"context"
	"fmt"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/auth/credentials/idtoken"
)

// IDToken returns what yields ID tokens that Google signs for the account, for one address of
// another service (OpenID Connect Core 1.0, section 2). A token is kept until it is about to
// expire.
func (p *Platform) IDToken(audience string) (func(ctx context.Context) (string, error), error) {
	options := &idtoken.Options{Audience: audience, Client: p.http}
	var made *auth.Credentials
	var err error
	if p.keyFile == nil {
		made, err = idtoken.NewCredentials(options)
	} else {
		made, err = idtoken.NewCredentialsFromJSON(credentials.ServiceAccount, p.keyFile, options)
	}
	if err != nil {
		return nil, fmt.Errorf("platform: ID tokens for %s: not with these credentials", audience)
	}
	return func(ctx context.Context) (string, error) {
		t, err := made.Token(ctx)
		if err != nil {
			return "", fmt.Errorf("platform: ID token for %s: %w", audience, err)
		}
		return t.Value, nil
	}, nil
}
