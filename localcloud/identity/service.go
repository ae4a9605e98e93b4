package identity

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net/http"
	"path"
	"strconv"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"go.etcd.io/bbolt"
)

// Config configures a Service.
type Config struct {
	DB      *bbolt.DB // this package uses buckets whose names begin with "identity."
	Project string
	IAM     *iam.Service
	Keys    *Service         // whose keys sign this platform's tokens; nil: its own. Google's are the same for all projects
	Now     func() time.Time // nil: time.Now
	Logger  *slog.Logger     // nil: slog.Default

	NewKey        func() (*rsa.PrivateKey, error) // of 2048 bits; nil: each is new
	WeakPasswords bool                            // passwords are hashed at little cost: for tests alone
}

// Service is an Identity Platform. Every acknowledged change is durable in Config.DB. Safe for
// concurrent use.
type Service struct {
	db      *bbolt.DB
	project string
	iam     *iam.Service
	now     func() time.Time
	log     *slog.Logger

	apiKey     string
	keys       *keyring // of ID tokens
	cookieKeys *keyring // of session cookies
	passwords  *hasher
	attempts   attempts
	handle     http.Handler
}

// Open opens the service in cfg.DB, making its API key and first signing key if there are none.
func Open(cfg Config) (*Service, error) {
	if cfg.NewKey == nil {
		cfg.NewKey = func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) }
	}
	if cfg.DB == nil || cfg.Project == "" || cfg.IAM == nil {
		return nil, errors.New("identity: a database, a project and an IAM service are needed")
	}
	s := &Service{
		db: cfg.DB, project: cfg.Project, iam: cfg.IAM, now: cfg.Now, log: cmp.Or(cfg.Logger, slog.Default()),
		passwords: newHasher(cfg.WeakPasswords),
	}
	if s.now == nil {
		s.now = time.Now
	}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		if key := meta.Get([]byte("apiKey")); key != nil {
			s.apiKey = string(key)
			return nil
		}
		s.apiKey = newAPIKey()
		return meta.Put([]byte("apiKey"), []byte(s.apiKey))
	})
	if err != nil {
		return nil, fmt.Errorf("identity: open: %w", err)
	}
	if cfg.Keys != nil {
		s.keys, s.cookieKeys = cfg.Keys.keys, cfg.Keys.cookieKeys
		s.handle = s.handler()
		return s, nil
	}
	if s.keys, err = openKeyring(s.db, bucketKeys, tokenTrail, s.now, cfg.NewKey, s.log); err != nil {
		return nil, fmt.Errorf("identity: open signing keys: %w", err)
	}
	if s.cookieKeys, err = openKeyring(s.db, bucketCookieKeys, cookieTrail, s.now, cfg.NewKey, s.log); err != nil {
		return nil, fmt.Errorf("identity: open session cookies' keys: %w", err)
	}
	if _, err := s.keys.current(); err != nil { // made now, so that the first sign-in need not wait for it
		return nil, fmt.Errorf("identity: make a signing key: %w", err)
	}
	s.handle = s.handler()
	return s, nil
}

// APIKey is the project's web API key, made once. It names the project; it is no secret.
func (s *Service) APIKey() string { return s.apiKey }

// Close ends the service. The database stays open: it is the caller's.
func (s *Service) Close() error { return nil }

// ServeHTTP answers one REST call. Paths are those of Google's hosts, without the host.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != path.Clean(r.URL.Path) {
		// ServeMux would answer with a redirect that turns a POST into a GET.
		writeError(w, s.log, r.URL.Path, &apiError{http.StatusNotFound, "NOT_FOUND", "Not Found"})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	s.handle.ServeHTTP(w, r)
}

// projectNumber stands for the number that Google assigns to a project.
func (s *Service) projectNumber() string {
	h := fnv.New64a()
	h.Write([]byte(s.project))
	return strconv.FormatUint(100_000_000_000+h.Sum64()%900_000_000_000, 10)
}

// newAPIKey has the form of Google's: 39 characters that begin with "AIzaSy".
func newAPIKey() string {
	b := make([]byte, 25)
	rand.Read(b)
	return "AIzaSy" + base64.RawURLEncoding.EncodeToString(b)[:33]
}
