package identityplatform

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/platform"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Client calls Identity Platform. Safe for concurrent use.
//
// What it does for people, with their own credentials, sends no credential of ours but the API key,
// and that in a header, for addresses are logged.
type Client struct {
	accounts *firebaseauth.Client
	http     *http.Client
	apiKey   string
}

// New returns a Client of a platform's account, which may administer Identity Platform and sign
// custom tokens. apiKey is the project's web API key.
func New(p *platform.Platform, apiKey string) (*Client, error) {
	if p == nil || apiKey == "" {
		return nil, errors.New("identityplatform: a platform and an API key are needed")
	}
	return &Client{p.Identity(), p.HTTP(), apiKey}, nil
}

// Directory is Identity Platform's administration of one tenant's accounts. ErrUnavailable if the
// tenant has none.
func (c *Client) Directory(t tenant.Tenant) (*firebaseauth.TenantClient, error) {
	// The client writes the id into addresses unescaped.
	if !identityTenant.MatchString(t.IdentityTenant) {
		return nil, fmt.Errorf("%w: tenant %s has no Identity Platform tenant", ErrUnavailable, t.ID)
	}
	return c.accounts.TenantManager.AuthForTenant(t.IdentityTenant)
}

var identityTenant = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{3,62}$`)

// HasPassword reports whether an account has a password to sign in with.
func HasPassword(account *firebaseauth.UserRecord) bool {
	return slices.ContainsFunc(account.ProviderUserInfo, func(p *firebaseauth.UserInfo) bool { return p.ProviderID == "password" })
}
