package platform

import (
	"context"
	"errors"

	admin "cloud.google.com/go/firestore/apiv1/admin"
	iamadmin "cloud.google.com/go/iam/admin/apiv1"
	resourcemanager "cloud.google.com/go/resourcemanager/apiv3"
	scheduler "cloud.google.com/go/scheduler/apiv1"
	"github.com/bulkhead-saas/bulkhead/internal/gcloud"
	gtransport "google.golang.org/api/transport/grpc"
)

// The clients here are for the jobs role; for the web role the cloud refuses their calls. All
// clients of one service share its connections, which Platform.Close closes.

// Databases administers Firestore databases.
func (p *Platform) Databases(ctx context.Context) (*admin.FirestoreAdminClient, error) {
	return admin.NewFirestoreAdminClient(ctx, gtransport.WithConnPool(p.firestore.As(p.firestore.CallAs(p.creds))))
}

// Accounts administers service accounts and their keys.
func (p *Platform) Accounts(ctx context.Context) (*iamadmin.IamClient, error) {
	conn, err := p.dial(p.endpoints.IAM, gcloud.GoogleIAM)
	if err != nil {
		return nil, err
	}
	return iamadmin.NewIamClient(ctx, gtransport.WithConnPool(conn))
}

// Projects administers the project's allow policy.
func (p *Platform) Projects(ctx context.Context) (*resourcemanager.ProjectsClient, error) {
	conn, err := p.dial(p.endpoints.ResourceManager, gcloud.GoogleResourceManager)
	if err != nil {
		return nil, err
	}
	return resourcemanager.NewProjectsClient(ctx, gtransport.WithConnPool(conn))
}

// Scheduler administers Cloud Scheduler's jobs.
func (p *Platform) Scheduler(ctx context.Context) (*scheduler.CloudSchedulerClient, error) {
	conn, err := p.dial(p.endpoints.Scheduler, gcloud.GoogleScheduler)
	if err != nil {
		return nil, err
	}
	return scheduler.NewCloudSchedulerClient(ctx, gtransport.WithConnPool(conn))
}

// dial returns the connections to a service, in the account's name.
func (p *Platform) dial(ours, google string) (gcloud.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pool := p.pools[google]
	if pool == nil {
		var err error
		if pool, err = gcloud.Dial(ours, google); err != nil {
			return gcloud.Conn{}, err
		}
		if p.pools == nil {
			p.pools = make(map[string]*gcloud.ConnPool)
		}
		p.pools[google] = pool
	}
	return pool.As(pool.CallAs(p.creds)), nil
}

// Close releases the connections. The clients do not work afterwards.
func (p *Platform) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	faults := []error{p.storage.Close(), p.registry.Close(), p.firestore.Close()}
	for _, pool := range p.pools {
		faults = append(faults, pool.Close())
	}
	p.pools = nil
	p.http.CloseIdleConnections()
	return errors.Join(faults...)
}
