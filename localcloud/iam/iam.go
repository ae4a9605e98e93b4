package iam

import (
	"crypto/rand"
	"crypto/rsa"
	"log/slog"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"go.etcd.io/bbolt"
)

// Config configures a Service.
type Config struct {
	DB       *bbolt.DB        // this package uses buckets whose names begin with "iam."
	Project  string           // the first of the projects; others are made by CreateProject
	TokenURI string           // written into key files: "http://127.0.0.1:4003/token"
	Now      func() time.Time // nil: time.Now
	Logger   *slog.Logger     // nil: slog.Default

	NewKey func() (*rsa.PrivateKey, error) // of 2048 bits; nil: each is new

	// DenialsFile is where denials are kept over a restart; empty: in memory alone. No other
	// process may use the file.
	DenialsFile string
}

// Service holds accounts, keys, access tokens, allow policies and the log of decisions. All of it
// but the log is on disk before a call that changes it returns; of the log, see Decisions, Denials
// and Permits. A Service is safe for concurrent use.
type Service struct {
	cfg        Config
	conditions *lru.Cache[string, *condition] // by expression
	verified   *lru.Cache[tokenHash, signed]
	log        *decisions
	kinds      []PolicyKind // of IAMPolicy; not changed once calls are served

	bucketProject func(bucket string) string // nil: there are no buckets

	writing sync.Mutex // one change at a time: held while it is made and committed
	mu      sync.RWMutex
	state   state // what is committed; guarded by mu

	accountsSeen propagation[*account] // by e-mail address
	policiesSeen propagation[*policy]  // by holder
}

// Open opens the service over cfg.DB and reads its state. It fails when the database cannot be
// read, or when it holds a policy that this version does not understand.
func Open(cfg Config) (*Service, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	conditions, err := lru.New[string, *condition](maxConditions)
	if err != nil {
		return nil, err
	}
	verified, err := lru.New[tokenHash, signed](maxVerified)
	if err != nil {
		return nil, err
	}
	if cfg.NewKey == nil {
		cfg.NewKey = func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, keyBits) }
	}
	log, err := newDecisions(cfg)
	if err != nil {
		return nil, err
	}
	s := &Service{cfg: cfg, conditions: conditions, verified: verified, log: log}
	if err := s.load(); err != nil {
		return nil, err
	}
	return s, nil
}
