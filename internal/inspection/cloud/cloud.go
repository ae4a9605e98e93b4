// Package cloud holds Service B's clients of Google: its own database and its own bucket, as its
// own account. Nothing else of B reaches Google with a credential.
package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
	"github.com/go-json-experiment/json"
	gtransport "google.golang.org/api/transport/grpc"

	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
)

// Config says where B's data is, and who B is.
type Config struct {
	Project   string
	Database  string
	Bucket    string
	KeyFile   string // the account's JSON key; empty: the machine's own credentials (App Engine, Cloud Run)
	Account   string // the account's e-mail, which a key file must be of
	Endpoints gcloud.Endpoints
}

// Clients are B's clients.
type Clients struct {
	database  *firestore.Client
	storage   *storage.Client
	bucket    string
	pool      *gcloud.ConnPool
	transport *http.Transport
}

// Open authenticates as the account, and makes no request yet. Close the clients when done.
func Open(ctx context.Context, cfg Config) (_ *Clients, err error) {
	c := &Clients{bucket: cfg.Bucket, transport: gcloud.NewTransport()}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("cloud: %w", err), c.Close())
		}
	}()
	creds, err := cfg.credentials(&http.Client{
		Transport: gcloud.Repeat(cfg.Endpoints.Transport(c.transport)), Timeout: gcloud.IdentityTimeout,
	})
	if err != nil {
		return nil, err
	}
	if c.pool, err = gcloud.Dial(cfg.Endpoints.Firestore, gcloud.GoogleFirestore); err != nil {
		return nil, err
	}
	c.database, err = firestore.NewClientWithDatabase(ctx, cfg.Project, cfg.Database,
		gtransport.WithConnPool(c.pool.As(c.pool.CallAs(creds))))
	if err != nil {
		return nil, err
	}
	origin, err := cfg.Endpoints.StorageOrigin()
	if err != nil {
		return nil, err
	}
	c.storage, err = gcloud.OpenStorage(origin.String(), creds, gcloud.Authorize(creds, c.transport))
	return c, err
}

// credentials are the account's. It signs its tokens itself where it has a key.
func (cfg Config) credentials(client *http.Client) (*auth.Credentials, error) {
	options := &credentials.DetectOptions{Scopes: []string{gcloud.CloudPlatform}, UseSelfSignedJWT: true, Client: client}
	if cfg.KeyFile == "" {
		creds, err := credentials.DetectDefault(options)
		if err != nil {
			return nil, fmt.Errorf("application default credentials: %w", err)
		}
		return creds, nil
	}
	file, err := os.ReadFile(cfg.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	var says struct {
		Project  string `json:"project_id"`
		Account  string `json:"client_email"`
		TokenURI string `json:"token_uri"`
	}
	// The error of a decoder may quote what it read.
	if json.Unmarshal(file, &says) != nil || says.Project != cfg.Project || says.Account != cfg.Account || says.TokenURI != cfg.Endpoints.TokenURI() {
		return nil, fmt.Errorf("key file: it is not one of %s", cfg.Account)
	}
	creds, err := credentials.NewCredentialsFromJSON(credentials.ServiceAccount, file, options)
	if err != nil {
		return nil, fmt.Errorf("key file of %s is not accepted", cfg.Account)
	}
	return creds, nil
}

// Database is B's database.
func (c *Clients) Database() *firestore.Client { return c.database }

// Bucket is B's bucket.
func (c *Clients) Bucket() *storage.BucketHandle { return c.storage.Bucket(c.bucket) }

// Close releases the connections. The clients do not work afterwards.
func (c *Clients) Close() error {
	var faults []error
	if c.database != nil {
		faults = append(faults, c.database.Close())
	}
	if c.storage != nil {
		faults = append(faults, c.storage.Close())
	}
	if c.pool != nil {
		faults = append(faults, c.pool.Close())
	}
	c.transport.CloseIdleConnections()
	return errors.Join(faults...)
}
