package storage

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub"
	"github.com/bulkhead-saas/bulkhead/localcloud/storage/internal/store"
)

// Config configures a Service.
type Config struct {
	Dir       string // durable state; created if missing
	Project   string // the first of the projects of IAM
	IAM       *iam.Service
	PubSub    *pubsub.Service  // what notifications are published to; nil: there are none
	PublicURL string           // where the service is reached, "http://127.0.0.1:4002"; empty: the Host of each request
	Now       func() time.Time // nil: time.Now
	Logger    *slog.Logger     // nil: slog.Default
}

// Service serves Cloud Storage over HTTP.
type Service struct {
	cfg      Config
	store    *store.Store
	relaying *relay    // nil without PubSub
	sessions keyedLock // by upload id
	buckets  keyedLock // by name: a bucket and its policy change together
}

// Open opens the service. It fails when another process has Dir open.
func Open(cfg Config) (*Service, error) {
	if cfg.Dir == "" || cfg.Project == "" || cfg.IAM == nil {
		return nil, errors.New("storage: Dir, Project and IAM are needed")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	cfg.PublicURL = strings.TrimSuffix(cfg.PublicURL, "/")
	st, err := store.Open(cfg.Dir, cfg.Now)
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	s := &Service{cfg: cfg, store: st}
	if cfg.PubSub != nil {
		s.relaying = s.startRelay()
	}
	return s, nil
}

// Close closes the service. No request may be under way. Notifications that were not published yet
// are when it is opened again.
func (s *Service) Close() error {
	if s.relaying != nil {
		s.relaying.stop()
	}
	return s.store.Close()
}

// Expire removes uploads that are too old by Config.Now. It is to be called when that clock was put
// forward; without, each upload that begins removes some.
func (s *Service) Expire() {
	if err := s.store.ExpireSessions(); err != nil {
		s.cfg.Logger.Error("storage: old uploads were not removed", "error", err)
	}
}

// ServeHTTP serves one request.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{w: w, r: r, ctx: r.Context()}
	if err := s.serve(c); err != nil {
		s.refuse(c, err)
	}
}

func (s *Service) serve(c *call) error {
	if err := c.parse(); err != nil {
		return err
	}
	if c.xml() {
		s.applyCORS(c)
		if c.r.Method == http.MethodOptions {
			return nil
		}
	}
	if err := c.match(); err != nil {
		return err
	}
	c.ctx = iam.WithMethod(c.ctx, c.route.method+" "+c.route.pattern)
	if err := refuseHeaders(c); err != nil {
		return err
	}
	if c.route.bySession {
		return c.route.serve(s, c)
	}
	if err := s.authenticate(c); err != nil {
		return err
	}
	if c.route.permission != "" {
		if err := s.authorize(c, c.caller, c.route.permission, s.target(c)); err != nil {
			return err
		}
	}
	return c.route.serve(s, c)
}
