package pubsub

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub/internal/store"
	"github.com/bulkhead-saas/bulkhead/localcloud/push"
)

// Config configures a Service.
type Config struct {
	Dir string // durable state; created if missing
	IAM *iam.Service

	// AllowPush says whether an endpoint may be pushed to, by its address; nil: only loopback may.
	// Where it allows any other, whoever may configure a subscription can make the cloud send
	// requests there.
	AllowPush func(*url.URL) bool

	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: slog.Default
}

// Service is Pub/Sub. It is safe for concurrent use.
type Service struct {
	cfg   Config
	store *store.Store
	push  *push.Sender

	ctx    context.Context // of the workers; ends with Close
	cancel context.CancelFunc
	group  sync.WaitGroup

	waiting context.Context // of those who wait for messages; ends with EndPulls
	release context.CancelFunc

	administering sync.Mutex // a topic or subscription and its policy change together
	mu            sync.Mutex
	workers       map[string]*worker // by subscription
}

// Open opens the service, and goes on with the deliveries that were under way. It fails when
// another process has Dir open.
func Open(cfg Config) (*Service, error) {
	if cfg.Dir == "" || cfg.IAM == nil {
		return nil, errors.New("pubsub: Dir and IAM are needed")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	st, err := store.Open(cfg.Dir, cfg.Now)
	if err != nil {
		return nil, err
	}
	s := &Service{cfg: cfg, store: st, push: push.New(push.Config{IAM: cfg.IAM, Allow: cfg.AllowPush}), workers: map[string]*worker{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.waiting, s.release = context.WithCancel(s.ctx)
	if err := s.resume(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// resume starts a worker for each subscription. Pushes that were out ended with the process that
// made them.
func (s *Service) resume() error {
	all, _, err := s.store.Subscriptions("", "", int(^uint(0)>>1))
	if err != nil {
		return err
	}
	for _, sub := range all {
		if pushes(sub) {
			if err := s.store.Release(sub.Name); err != nil {
				return err
			}
		}
		s.start(sub.Name)
	}
	return nil
}

// EndPulls ends streams, and calls that wait for messages: a server that is stopping would
// otherwise wait for them. It is for good.
func (s *Service) EndPulls() { s.release() }

// Close ends streams and pushes under way, which will be made again, and closes the service. No
// call may begin any more.
func (s *Service) Close() error {
	s.cancel()
	s.group.Wait()
	s.push.Close()
	return s.store.Close()
}

// Register adds Pub/Sub to a gRPC server, which must have the interceptors of the service's IAM in
// place, with rules that include Rules, and must take requests of MaxRequestBytes.
func (s *Service) Register(g *grpc.Server) {
	pubsubpb.RegisterPublisherServer(g, publisher{s: s})
	pubsubpb.RegisterSubscriberServer(g, subscriber{s: s})
	pubsubpb.RegisterSchemaServiceServer(g, pubsubpb.UnimplementedSchemaServiceServer{})
}

// PolicyKinds are the kinds of resources that have allow policies, for google.iam.v1.IAMPolicy.
func (s *Service) PolicyKinds() []iam.PolicyKind {
	kind := func(kind string, exists func(string) error) iam.PolicyKind {
		return iam.PolicyKind{
			Permissions: "pubsub." + kind,
			Resource: func(name string) (iam.Resource, bool) {
				r, err := resource(kind, name)
				return r, err == nil
			},
			Exists: func(name string) error { return refusal(exists(name)) },
		}
	}
	return []iam.PolicyKind{
		kind(topics, func(name string) error { _, err := s.store.Topic(name); return err }),
		kind(subscriptions, func(name string) error { _, err := s.store.Subscription(name); return err }),
	}
}
