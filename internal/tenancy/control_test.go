package tenancy_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	admin "cloud.google.com/go/firestore/apiv1/admin"
	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/revocation"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/tenancytest"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
	"google.golang.org/grpc/codes"
)

// control is a control plane on a local cloud: the database "platform" and an issuer of tokens.
type control struct {
	cloud  *localcloud.Cloud
	issuer *tenancytest.Issuer
	clock  *clock
}

func newControl(t testing.TB) *control {
	t.Helper()
	c := &control{cloud: localcloudtest.New(t), issuer: tenancytest.NewIssuer(t), clock: new(clock)}
	c.issuer.Now = c.clock.now
	client, err := admin.NewFirestoreAdminClient(t.Context(), localcloudtest.GRPC(c.cloud, c.cloud.OwnerKey())...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	op, err := client.CreateDatabase(t.Context(), &adminpb.CreateDatabaseRequest{
		Parent:     "projects/" + localcloudtest.Project,
		DatabaseId: "platform",
		Database:   &adminpb.Database{LocationId: "us-central1", Type: adminpb.Database_FIRESTORE_NATIVE},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := op.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	registry := registry.New(c.open(t), nil)
	for _, r := range tenant.Regions() {
		cell := tenant.Cell{ID: tenant.DefaultCell(r), Project: localcloudtest.Project, Region: r, Silos: tenant.MaxSilos}
		if err := registry.AddCell(t.Context(), cell); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// silence has the control plane refuse every poll of the feed, and returns how to end that.
func (c *control) silence() (end func()) {
	return c.cloud.Faults().Add(fault.Rule{
		Method: "/google.firestore.v1.Firestore/RunQuery", Code: codes.PermissionDenied,
	}).Remove
}

// open opens the database anew: closing one client is an outage of those who use it, and of nobody
// else.
func (c *control) open(t testing.TB) *firestore.Client {
	t.Helper()
	db, err := firestore.NewClientWithDatabase(t.Context(), localcloudtest.Project, "platform", localcloudtest.GRPC(c.cloud, c.cloud.OwnerKey())...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func (c *control) newRegistry(t testing.TB, db *firestore.Client) *registry.Registry {
	return registry.New(db, c.clock.now)
}

func (c *control) newRevocations(t testing.TB, db *firestore.Client) *revocation.Feed {
	t.Helper()
	f := revocation.NewFeed(db, c.clock.now)
	if err := f.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

// server is one process: all that decides who calls.
type server struct {
	db          *firestore.Client
	registry    *registry.Registry
	revocations *revocation.Feed
	policies    *authpolicies.Store
	auth        *tenancy.Authenticator
}

func (c *control) server(t testing.TB) *server { return c.serverWith(t, nil) }

// serverWith is a process that takes the tokens of tenants' own issuers too.
func (c *control) serverWith(t testing.TB, issuers *issuer.Keys) *server {
	t.Helper()
	db := c.open(t)
	s := &server{db: db, registry: c.newRegistry(t, db), revocations: c.newRevocations(t, db)}
	s.policies = authpolicies.New(db, c.issuer.Now)
	s.auth = tenancy.NewAuthenticator(tenancy.Parts{
		Verifier: c.issuer.Verifier(t), Registry: s.registry, Revocations: s.revocations, Policies: s.policies,
		Issuers: issuers, Database: s.db, Now: c.issuer.Now,
	})
	return s
}

// onboard makes a tenant and activates it.
func (s *server) onboard(t testing.TB, slug string, r tenant.Region) tenant.Tenant {
	t.Helper()
	want := tenancytest.NewTenant(t, slug, r)
	reserved := want
	reserved.IdentityTenant, reserved.ServiceAccount, reserved.Database, reserved.Bucket = "", "", "", ""
	if err := s.registry.Reserve(t.Context(), reserved); err != nil {
		t.Fatal(err)
	}
	made, err := s.registry.Transition(t.Context(), want.ID, registry.Transition{
		From: tenant.Provisioning, To: tenant.Active, Version: 1, By: "onboarding",
		Set: registry.Edit{
			IdentityTenant: want.IdentityTenant, ServiceAccount: want.ServiceAccount, Database: want.Database, Bucket: want.Bucket,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want.Version = 2
	if d := tenancytest.Diff(want, made); d != "" {
		t.Fatalf("the tenant was made otherwise (-want +got):\n%s", d)
	}
	return made
}

// clock is the time, which a test may advance.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) advance(d time.Duration) { c.ahead.Add(int64(d)) }

// run runs the feed until the test ends or the returned function is called.
func (s *server) run(t testing.TB) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.revocations.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	stop = func() { cancel(); running.Wait() }
	t.Cleanup(stop)
	return stop
}
