package scheduler

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"go.etcd.io/bbolt"
	"google.golang.org/grpc"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/push"
)

// Config configures a Service.
type Config struct {
	Dir string // durable state; created if missing
	IAM *iam.Service

	// AllowPush says whether a job may send to an address; nil: only to loopback. See
	// [push.Config].
	AllowPush func(*url.URL) bool

	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: slog.Default
}

// Service is Cloud Scheduler. It is safe for concurrent use.
type Service struct {
	cfg  Config
	db   *bbolt.DB
	push *push.Sender

	ctx    context.Context // of attempts; ends with Close
	cancel context.CancelFunc
	group  sync.WaitGroup
	woken  chan struct{} // holds one when there is a job to look after

	mu   sync.Mutex
	jobs map[string]*job // by name
	said string          // why ticks cannot be kept; said once
}

// Open opens the service, and goes on with the executions that were under way. It fails when
// another process has Dir open.
func Open(cfg Config) (*Service, error) {
	if cfg.Dir == "" || cfg.IAM == nil {
		return nil, errors.New("scheduler: Dir and IAM are needed")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	db, err := openDB(cfg.Dir)
	if err != nil {
		return nil, err
	}
	s := &Service{
		cfg: cfg, db: db, push: push.New(push.Config{IAM: cfg.IAM, Allow: cfg.AllowPush}),
		woken: make(chan struct{}, 1), jobs: map[string]*job{},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if err := s.load(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.group.Go(s.run)
	return s, nil
}

// Close ends attempts under way, which will be made again, and closes the service. No call may
// begin any more.
func (s *Service) Close() error {
	s.mu.Lock() // no attempt begins between the two
	s.cancel()
	s.mu.Unlock()
	s.group.Wait()
	s.push.Close()
	return s.db.Close()
}

// Register adds Cloud Scheduler to a gRPC server, which must have the interceptors of the service's
// IAM in place, with rules that include Rules.
func (s *Service) Register(g *grpc.Server) {
	schedulerpb.RegisterCloudSchedulerServer(g, server{s: s})
}
