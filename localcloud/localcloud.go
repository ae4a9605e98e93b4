package localcloud

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"

	"github.com/bulkhead-saas/bulkhead/localcloud/console"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// ErrInUse is what Start wraps when another process has the folder open.
var ErrInUse = errors.New("localcloud: the folder is in use by another process")

// Config configures a local cloud.
type Config struct {
	Dir      string           // durable state; created if missing. One process at a time: ErrInUse
	Project  string           // the first project
	Projects []string         // others, made where they are missing; one that was made stays, whether it is named or not
	Logger   *slog.Logger     // nil: slog.Default
	Now      func() time.Time // nil: time.Now

	// Indexes says whether Firestore refuses a query that needs an index which was not made. The
	// zero value is that it does: firestore.IndexesEnforced.
	Indexes firestore.Indexes

	// NewKey makes the RSA keys of accounts and platforms; nil: each is new. Tests share some, for
	// making one is dear.
	NewKey func() (*rsa.PrivateKey, error)

	// IdleTransactions is how long a transaction of Firestore's may be unused before it expires; 0:
	// a minute, as in the service. A test that kills who has begun one does not wait for so long.
	IdleTransactions time.Duration

	// WeakPasswords has passwords hashed at little cost, and so kept badly. It is for tests alone.
	WeakPasswords bool

	// AllowPush says whether Pub/Sub and Cloud Scheduler may send to an address; nil: to loopback
	// alone.
	AllowPush func(*url.URL) bool
}

// Endpoints are the addresses of a running cloud. They are picked once and remembered in Dir.
type Endpoints struct {
	GRPC     string // "http://127.0.0.1:p": Firestore, Firestore Admin, operations, Pub/Sub, Scheduler, IAM Admin, Resource Manager
	Storage  string // "http://127.0.0.1:p"
	Identity string // "http://127.0.0.1:p": identitytoolkit, securetoken, certificates, iamcredentials
	Token    string // "http://127.0.0.1:p/token"
	Console  string // "http://127.0.0.1:p"

	SMTP      string // "127.0.0.1:p"
	DNS       string // "127.0.0.1:p", over UDP and TCP
	Providers string // "http://127.0.0.1:p": the origin of the issuers of Providers
}

// Cloud is a running local cloud.
type Cloud struct {
	cfg       Config
	endpoints Endpoints
	owners    owners
	faults    *fault.Injector
	clock     *Clock
	services
	parts
	serving serving
	labels  atomic.Pointer[console.Labels] // nil: none
	closers []func() error                 // in the order of opening
	closing sync.Once
	closed  error // of Close
}

// Start starts a cloud on the folder cfg.Dir. It returns once every service answers. ctx bounds the
// start alone: stop the cloud with Close. Errors: ErrInUse, a folder made for another project, a
// remembered port that is taken.
func Start(ctx context.Context, cfg Config) (_ *Cloud, err error) {
	if cfg.Project == "" || cfg.Dir == "" {
		return nil, errors.New("localcloud: a folder and a project are required")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	c := &Cloud{cfg: cfg, faults: fault.New(), clock: &Clock{base: cfg.Now}}
	c.cfg.Now = c.clock.Now
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("localcloud: %w", err)
	}
	db, err := c.openDB()
	if err != nil {
		return nil, err
	}
	listeners, err := listen(ctx, filepath.Join(cfg.Dir, "ports.json"), cfg.Project)
	if err != nil {
		return nil, err
	}
	c.endpoints = listeners.endpoints()
	if err = c.open(db); err == nil {
		err = c.serve(listeners)
	}
	if err == nil {
		err = c.serveParts(ctx, listeners)
	}
	if err != nil {
		return nil, errors.Join(err, listeners.close())
	}
	return c, nil
}

// openDB opens the database of accounts and users. It is the first thing to be opened, and its lock
// is the folder's.
func (c *Cloud) openDB() (*bbolt.DB, error) {
	db, err := bbolt.Open(filepath.Join(c.cfg.Dir, "cloud.db"), 0o600, &bbolt.Options{Timeout: 100 * time.Millisecond})
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		return nil, fmt.Errorf("%w: %s", ErrInUse, c.cfg.Dir)
	case err != nil:
		return nil, fmt.Errorf("localcloud: %w", err)
	}
	c.closers = append(c.closers, db.Close)
	return db, nil
}

// Endpoints returns where the cloud listens.
func (c *Cloud) Endpoints() Endpoints { return c.endpoints }

// OwnerKey is OwnerKeyOf the first project.
func (c *Cloud) OwnerKey() []byte { return c.OwnerKeyOf(c.cfg.Project) }

// OwnerKeyFile is OwnerKeyFileOf the first project.
func (c *Cloud) OwnerKeyFile() string { return c.OwnerKeyFileOf(c.cfg.Project) }

// APIKey is APIKeyOf the first project.
func (c *Cloud) APIKey() string { return c.APIKeyOf(c.cfg.Project) }

// IAM is the cloud's identity and access management, for tests that look at its decisions.
func (c *Cloud) IAM() *iam.Service { return c.iam }

// Faults strikes calls of every service, for tests.
func (c *Cloud) Faults() *fault.Injector { return c.faults }

// Clock is what every service takes for the time, for tests that cannot wait.
func (c *Cloud) Clock() *Clock { return c.clock }

// SetPropagation makes changes of accounts and keys, and of allow policies, take so long to be
// seen, as Google's take seconds to minutes. Zero, as at the start: the next call sees them.
func (c *Cloud) SetPropagation(keys, policies time.Duration) { c.iam.SetPropagation(keys, policies) }

// SetIndexBuild makes Firestore's indexes that are created from now on take so long to be ready, by
// the cloud's clock. Zero, as at the start: they are ready at once.
func (c *Cloud) SetIndexBuild(d time.Duration) { c.firestore.SetIndexBuild(d) }

// LoadIndexes makes the indexes of an index file (firestore.indexes.json, as the Firebase CLI
// deploys it) in the database of that id, ready at once. What is there already stays. The error
// says what is wrong with the file, and that nothing was made; or is NotFound for the database.
func (c *Cloud) LoadIndexes(database string, file []byte) error {
	return c.firestore.LoadIndexes(database, file)
}

// SetLabels tells the console whose accounts, databases and buckets there are, in place of what it
// was told before. It is for whoever runs something on the cloud: call it at the start, and again
// when somebody comes or goes. It is not kept over a restart.
func (c *Cloud) SetLabels(l console.Labels) { c.labels.Store(&l) }

func (c *Cloud) shownLabels() console.Labels {
	if l := c.labels.Load(); l != nil {
		return *l
	}
	return console.Labels{}
}

// Close stops the cloud: calls in progress have a few seconds to end. Closing it again does
// nothing.
func (c *Cloud) Close() error {
	c.closing.Do(func() {
		c.faults.Close()
		if c.pubsub != nil {
			c.pubsub.EndPulls()
		}
		if c.providers != nil {
			c.providers.Close()
		}
		errs := []error{c.serving.close()}
		for i := len(c.closers) - 1; i >= 0; i-- {
			errs = append(errs, c.closers[i]())
		}
		c.closed = errors.Join(errs...)
	})
	return c.closed
}
