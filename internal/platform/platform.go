package platform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/auth/credentials/impersonate"
	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
	firebase "firebase.google.com/go/v4"
	firebaseauth "firebase.google.com/go/v4/auth"
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
	"google.golang.org/api/option"
	gtransport "google.golang.org/api/transport/grpc"
)

// Config configures the control plane's clients of one platform account.
type Config struct {
	Project   string
	Endpoints gcloud.Endpoints
	Database  string // the account's database; empty: the control plane's
	KeyFile   string // the account's JSON key; empty: application default credentials (App Engine, Cloud Run)
	Account   string // the account's e-mail, needed without a KeyFile to sign custom tokens through IAM Credentials
}

// Platform holds one platform account's clients. Only tenancy, identity and onboarding are given
// them (by package app). No guard checks the requests of these clients. Its roles alone limit what
// the account may do.
type Platform struct {
	project   string
	endpoints gcloud.Endpoints
	creds     *auth.Credentials
	keyFile   []byte       // the account's JSON key; nil: the machine's own credentials
	http      *http.Client // mapped, without a credential
	firestore *gcloud.ConnPool
	registry  *firestore.Client
	identity  *firebaseauth.Client
	storage   *storage.Client

	identityHTTP *http.Client // mapped, in the account's name

	mu    sync.Mutex
	pools map[string]*gcloud.ConnPool // for the jobs role's clients, by service; each is made at first use
}

// Open authenticates as the account and opens nothing until it is used.
func Open(ctx context.Context, cfg Config) (*Platform, error) {
	if cfg.Project == "" {
		return nil, errors.New("platform: a platform needs a project")
	}
	transport := gcloud.NewTransport()
	mapping := cfg.Endpoints.Transport(transport)
	mapped := &http.Client{Transport: gcloud.Repeat(mapping), Timeout: gcloud.IdentityTimeout}
	file, err := cfg.keyFile()
	if err != nil {
		return nil, err
	}
	own, rest, err := cfg.credentials(file, mapped)
	if err != nil {
		return nil, err
	}
	p := &Platform{project: cfg.Project, endpoints: cfg.Endpoints, creds: own, keyFile: file, http: mapped}
	if p.firestore, err = gcloud.Dial(cfg.Endpoints.Firestore, gcloud.GoogleFirestore); err != nil {
		return nil, err
	}
	p.registry, err = firestore.NewClientWithDatabase(ctx, cfg.Project, cmp.Or(cfg.Database, location.PlatformDatabase),
		gtransport.WithConnPool(p.firestore.As(p.firestore.CallAs(own))))
	if err != nil {
		return nil, fmt.Errorf("platform: platform database: %w", err)
	}
	origin, err := cfg.Endpoints.StorageOrigin()
	if err != nil {
		return nil, err
	}
	if p.storage, err = gcloud.OpenStorage(origin.String(), own, gcloud.Authorize(own, transport)); err != nil {
		return nil, fmt.Errorf("platform: platform storage: %w", err)
	}
	p.identityHTTP = authorizedClient(rest, mapping) // the Firebase client repeats by itself
	p.identity, err = openIdentity(ctx, cfg, rest, p.identityHTTP)
	return p, err
}

// keyFile reads the account's JSON key; nil if there is none.
func (cfg Config) keyFile() ([]byte, error) {
	if cfg.KeyFile == "" {
		return nil, nil
	}
	file, err := os.ReadFile(cfg.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("platform: key file: %w", err)
	}
	return file, nil
}

// credentials returns the account's credentials, in two forms: own for the services that take a
// token the account signs for itself, and rest for the identity services, which are asked with an
// access token. With a key file, rest carries the key too: the Firebase client signs custom tokens
// with it.
func (cfg Config) credentials(file []byte, mapped *http.Client) (own, rest *auth.Credentials, err error) {
	if file == nil {
		own, err = credentials.DetectDefault(&credentials.DetectOptions{
			Scopes: []string{gcloud.CloudPlatform}, UseSelfSignedJWT: true, Client: mapped,
		})
		if err != nil {
			return nil, nil, fmt.Errorf("platform: application default credentials: %w", err)
		}
		return own, own, nil
	}
	s, err := vault.ParseKey(file, cfg.Project, cfg.Endpoints.TokenURI())
	if err != nil {
		return nil, nil, err
	}
	if cfg.Account != "" && cfg.Account != s.Account {
		return nil, nil, fmt.Errorf("platform: key file: it is of %s, not of %s", s.Account, cfg.Account)
	}
	rest, err = credentials.NewCredentialsFromJSON(credentials.ServiceAccount, file, &credentials.DetectOptions{
		Scopes: []string{gcloud.CloudPlatform}, Client: mapped,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("platform: key file of %s is not accepted", s.Account)
	}
	return s.Credentials(), rest, nil
}

// openIdentity returns the Identity Platform client. It is given an HTTP client that is mapped and
// authorized, for it ignores option.WithEndpoint; and the credentials, for it looks for a key to
// sign with there.
func openIdentity(ctx context.Context, cfg Config, creds *auth.Credentials, authorized *http.Client) (*firebaseauth.Client, error) {
	app, err := firebase.NewApp(ctx,
		&firebase.Config{ProjectID: cfg.Project, ServiceAccountID: cfg.Account},
		option.WithAuthCredentials(creds),
		option.WithHTTPClient(authorized))
	if err != nil {
		return nil, fmt.Errorf("platform: identity: %w", err)
	}
	client, err := app.Auth(ctx)
	if err != nil {
		return nil, fmt.Errorf("platform: identity: %w", err)
	}
	return client, nil
}

func authorizedClient(creds *auth.Credentials, base http.RoundTripper) *http.Client {
	return &http.Client{Transport: gcloud.Authorize(creds, base), Timeout: gcloud.IdentityTimeout}
}

// Registry is the control plane's database, or the one that Config names.
func (p *Platform) Registry() *firestore.Client { return p.registry }

// Identity is Identity Platform's admin interface.
func (p *Platform) Identity() *firebaseauth.Client { return p.identity }

// HTTP sends requests without a credential; googleapis hosts are mapped to the endpoints.
func (p *Platform) HTTP() *http.Client { return p.http }

// Storage is Cloud Storage, as the account sees it.
func (p *Platform) Storage() *storage.Client { return p.storage }

// Credentials are the account's own, for OpenVault.
func (p *Platform) Credentials() *auth.Credentials { return p.creds }

// Impersonate returns credentials of another account that this one may act as
// (roles/iam.serviceAccountTokenCreator on it). A token is asked for at the first use and again
// before each expires.
func (p *Platform) Impersonate(_ context.Context, account string) (*auth.Credentials, error) {
	creds, err := impersonate.NewCredentials(&impersonate.CredentialsOptions{
		TargetPrincipal: account,
		Scopes:          []string{gcloud.CloudPlatform},
		Client:          authorizedClient(p.creds, p.http.Transport),
	})
	if err != nil {
		return nil, fmt.Errorf("platform: impersonate %s: %w", account, err)
	}
	return creds, nil
}

// Format prints the project that the platform's account belongs to.
func (p *Platform) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "platform of "+p.project) }
