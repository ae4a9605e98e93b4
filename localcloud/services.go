package localcloud

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"time"

	"go.etcd.io/bbolt"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
	"github.com/bulkhead-saas/bulkhead/localcloud/identity"
)

// maxMessage is the largest gRPC request, in bytes: a Firestore commit's 10 MiB and what surrounds it.
const maxMessage = 12 << 20

// open opens every service and serves it. On an error the caller closes the listeners and what is in c.closers.
func (c *Cloud) open(db *bbolt.DB, l listeners) (err error) {
	c.iam, err = iam.Open(iam.Config{DB: db, Project: c.cfg.Project, TokenURI: c.endpoints.Token, Now: c.cfg.Now})
	if err != nil {
		return err
	}
	if c.ownerKey, err = c.readOwnerKey(); err != nil {
		return fmt.Errorf("localcloud: owner's key: %w", err)
	}

	users, err := identity.Open(identity.Config{
		DB: db, Project: c.cfg.Project, IAM: c.iam, Now: c.cfg.Now, Logger: c.cfg.Logger,
	})
	if err != nil {
		return err
	}
	c.closers = append(c.closers, users.Close)
	c.apiKey = users.APIKey()

	rules, err := merge(c.iam.Rules())
	if err != nil {
		return err
	}
	g := grpc.NewServer(
		grpc.UnaryInterceptor(c.iam.UnaryInterceptor(rules)),
		grpc.StreamInterceptor(c.iam.StreamInterceptor(rules)),
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
	)
	c.iam.Register(g)

	c.serving.serveGRPC(l.grpc, g, c.cfg.Logger)
	c.serving.serveHTTP(l.identity, c.identityPort(users), 30*time.Second, c.cfg.Logger)
	c.serving.serveHTTP(l.storage, http.NotFoundHandler(), 0, c.cfg.Logger)
	c.serving.serveHTTP(l.console, http.NotFoundHandler(), 30*time.Second, c.cfg.Logger)
	return nil
}

// identityPort is what one port serves of all that concerns who somebody is: accounts by the paths that are theirs, and
// the users of Identity Platform by any other.
func (c *Cloud) identityPort(users http.Handler) http.Handler {
	accounts := c.iam.Handler()
	mux := http.NewServeMux()
	mux.Handle("/", users)
	for _, pattern := range iam.Patterns {
		mux.Handle(pattern, accounts)
	}
	return mux
}

// readOwnerKey reads the owner's key file. A folder that has none gets one: with the account at the first start, with a
// new key when the file was lost.
func (c *Cloud) readOwnerKey() ([]byte, error) {
	key, err := os.ReadFile(c.OwnerKeyFile())
	if !os.IsNotExist(err) {
		return key, err
	}
	if key, err = c.iam.NewOwnerKey(); err != nil {
		return nil, err
	}
	return key, writeFile(c.OwnerKeyFile(), key)
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
