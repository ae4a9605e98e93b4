package localcloud

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"github.com/bulkhead-saas/bulkhead/localcloud/console"
	"github.com/bulkhead-saas/bulkhead/localcloud/firestore"
	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/identity"
	"github.com/bulkhead-saas/bulkhead/localcloud/pubsub"
	"github.com/bulkhead-saas/bulkhead/localcloud/scheduler"
	"github.com/bulkhead-saas/bulkhead/localcloud/storage"
)

// services are what a cloud runs.
type services struct {
	iam       *iam.Service
	identity  *identity.Service  // of the first project
	platforms *identity.Projects // of all
	firestore *firestore.Server
	pubsub    *pubsub.Service
	scheduler *scheduler.Service
	storage   *storage.Service
}

// open opens every service. What it has opened is in c.closers, also when it fails.
func (c *Cloud) open(db *bbolt.DB) (err error) {
	cfg := c.cfg
	c.iam, err = iam.Open(iam.Config{
		DB: db, Project: cfg.Project, TokenURI: c.endpoints.Token, Now: cfg.Now, Logger: cfg.Logger,
		DenialsFile: filepath.Join(cfg.Dir, "denials.jsonl"), NewKey: cfg.NewKey,
	})
	if err != nil {
		return err
	}
	c.identity, err = identity.Open(identity.Config{
		DB: db, Project: cfg.Project, IAM: c.iam, Now: cfg.Now, Logger: cfg.Logger,
		NewKey: cfg.NewKey, WeakPasswords: cfg.WeakPasswords,
	})
	if err != nil {
		return err
	}
	c.closers = append(c.closers, c.identity.Close)
	c.platforms = identity.NewProjects(c.identity)
	c.closers = append(c.closers, c.closePlatforms)
	for _, id := range append(c.iam.Projects(), cfg.Projects...) {
		if id == cfg.Project {
			err = c.openProject(id)
		} else {
			_, err = c.CreateProject(id)
		}
		if err != nil {
			return err
		}
	}

	c.firestore, err = firestore.Open(firestore.Config{
		Dir: filepath.Join(cfg.Dir, "firestore"), Project: cfg.Project, Others: c.iam.HasProject, Now: cfg.Now, Logger: cfg.Logger,
		Indexes: cfg.Indexes, IdleTransactions: cfg.IdleTransactions, ForgetPolicy: c.iam.DeletePolicy,
	})
	if err != nil {
		return err
	}
	c.closers = append(c.closers, c.firestore.Close)
	c.clock.moved = append(c.clock.moved, c.firestore.Expire)
	c.iam.ServePolicies(c.firestore.PolicyKind())

	c.pubsub, err = pubsub.Open(pubsub.Config{
		Dir: filepath.Join(cfg.Dir, "pubsub"), IAM: c.iam, AllowPush: cfg.AllowPush, Now: cfg.Now, Logger: cfg.Logger,
	})
	if err != nil {
		return err
	}
	c.closers = append(c.closers, c.pubsub.Close)
	c.iam.ServePolicies(c.pubsub.PolicyKinds()...)

	c.scheduler, err = scheduler.Open(scheduler.Config{
		Dir: filepath.Join(cfg.Dir, "scheduler"), IAM: c.iam, AllowPush: cfg.AllowPush, Now: cfg.Now, Logger: cfg.Logger,
	})
	if err != nil {
		return err
	}
	c.closers = append(c.closers, c.scheduler.Close)
	c.clock.moved = append(c.clock.moved, c.scheduler.Tick)

	c.storage, err = storage.Open(storage.Config{
		Dir: filepath.Join(cfg.Dir, "storage"), Project: cfg.Project, IAM: c.iam, PubSub: c.pubsub, PublicURL: c.endpoints.Storage,
		Now: cfg.Now, Logger: cfg.Logger,
	})
	if err != nil {
		return err
	}
	c.closers = append(c.closers, c.storage.Close)
	c.iam.SetBucketProject(c.storage.ProjectOf)
	c.clock.moved = append(c.clock.moved, c.storage.Expire)
	return c.openParts(db)
}

// maxStreams is how many calls a connection has under way, as with Google's front ends. Those
// beyond wait in the client.
const maxStreams = 100

// serve serves what open opened.
func (c *Cloud) serve(l listeners) error {
	rules, err := merge(c.iam.Rules(), firestore.Rules(), pubsub.Rules(), scheduler.Rules())
	if err != nil {
		return err
	}
	g := grpc.NewServer(
		grpc.ChainUnaryInterceptor(refuseWhenFull, c.iam.UnaryInterceptor(rules), c.faults.UnaryInterceptor(c.describeGRPC(rules)), limitPayload),
		grpc.ChainStreamInterceptor(c.iam.StreamInterceptor(rules), c.faults.StreamInterceptor(c.describeGRPC(rules)), limitPayloads),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.MaxRecvMsgSize(maxReceived),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
	)
	c.iam.Register(g)
	c.firestore.Register(g)
	c.pubsub.Register(g)
	c.scheduler.Register(g)

	c.serving.serveGRPC(l.grpc, g, c.cfg.Logger)
	c.serving.serveHTTP(l.identity, c.identityPort(), 30*time.Second, c.cfg.Logger)
	c.serving.serveHTTP(l.storage, c.faults.Middleware(c.describeStorage, c.storage), 0, c.cfg.Logger)
	c.serving.serveHTTP(l.console, c.consolePort(console.New(console.Config{
		Project: c.cfg.Project, IAM: c.iam, Identity: c.platforms, Firestore: c.firestore, Storage: c.storage, PubSub: c.pubsub, Scheduler: c.scheduler,
		Mail: c.mail, DNS: c.dns,
		Logger: c.cfg.Logger, Endpoints: c.endpoints.named(), Projects: c.shownProjects,
		Labels: c.shownLabels, GRPC: c.endpoints.GRPC, StorageURL: c.endpoints.Storage,
	})), 30*time.Second, c.cfg.Logger)
	return nil
}

// identityPort is what one port serves of all that concerns who somebody is: accounts by the paths
// that are theirs, and the users of Identity Platform by any other.
func (c *Cloud) identityPort() http.Handler {
	accounts := c.faults.Middleware(c.describeAccounts, c.iam.Handler())
	mux := http.NewServeMux()
	mux.Handle("/", c.faults.Middleware(c.describeUsers, c.platforms))
	for _, pattern := range iam.Patterns {
		mux.Handle(pattern, accounts)
	}
	return mux
}

// readOwnerKey reads the key file of a project's owner. A project that has none gets one: with the
// account when it is new, with a new key when the file was lost.
func (c *Cloud) readOwnerKey(project string) ([]byte, error) {
	file := c.OwnerKeyFileOf(project)
	key, err := os.ReadFile(file)
	if !os.IsNotExist(err) {
		return key, err
	}
	if key, err = c.iam.NewOwnerKeyOf(project); err != nil {
		return nil, err
	}
	return key, writeFile(file, key)
}

// merge makes one permission map of the services' own. The error is a method with two rows.
func merge(all ...map[string]iam.Rule) (map[string]iam.Rule, error) {
	merged := map[string]iam.Rule{}
	for _, rules := range all {
		for method := range rules {
			if _, ok := merged[method]; ok {
				return nil, fmt.Errorf("localcloud: method %s has two rows in the permission map", method)
			}
		}
		maps.Copy(merged, rules)
	}
	return merged, nil
}
