package authpolicies_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	admin "cloud.google.com/go/firestore/apiv1/admin"
	"cloud.google.com/go/firestore/apiv1/admin/adminpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/localcloud"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
	"github.com/bulkhead-saas/bulkhead/localcloud/localcloudtest"
)

// world is the control plane's database on a local cloud, and a clock that stands still.
type world struct {
	cloud *localcloud.Cloud
	clock atomic.Int64
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{cloud: localcloudtest.New(t)}
	client, err := admin.NewFirestoreAdminClient(t.Context(), localcloudtest.GRPC(w.cloud, w.cloud.OwnerKey())...)
	must(t, err)
	defer client.Close()
	op, err := client.CreateDatabase(t.Context(), &adminpb.CreateDatabaseRequest{
		Parent:     "projects/" + localcloudtest.Project,
		DatabaseId: "platform",
		Database:   &adminpb.Database{LocationId: "us-central1", Type: adminpb.Database_FIRESTORE_NATIVE},
	})
	must(t, err)
	_, err = op.Wait(t.Context())
	must(t, err)
	w.clock.Store(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC).UnixNano())
	return w
}

func (w *world) now() time.Time          { return time.Unix(0, w.clock.Load()).UTC() }
func (w *world) advance(d time.Duration) { w.clock.Add(int64(d)) }

// process is a store of a process of its own.
func (w *world) process(t testing.TB) (*authpolicies.Store, *firestore.Client) {
	t.Helper()
	db, err := firestore.NewClientWithDatabase(t.Context(), localcloudtest.Project, "platform",
		localcloudtest.GRPC(w.cloud, w.cloud.OwnerKey())...)
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return authpolicies.New(db, w.now), db
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// whole is a policy with something in every field.
func whole(w *world) authpolicy.Policy {
	by, _ := tenant.ParseUserID("ada")
	first, _ := tenant.ParseUserID("bob")
	staged, _ := authpolicy.Enforcement{}.Stage(by, w.now())
	staged.First = first
	staged.Reverted = w.now().Add(-time.Hour)
	id := authpolicy.NewProviderID()
	return authpolicy.Policy{
		Refused: authpolicy.SetOf(authpolicy.Key),
		Providers: []authpolicy.OIDC{{
			ID: id, Name: "Acme ID", Issuer: "https://id.acme.example", ClientID: "bulkhead", Secret: []byte("sealed"),
			AuthorizationEndpoint: "https://id.acme.example/authorize", TokenEndpoint: "https://id.acme.example/token",
			JWKS: "https://id.acme.example/keys", Algorithms: []string{"RS256", "ES256"}, State: authpolicy.Enabled,
			First: authpolicy.MakeViewer, GroupsClaim: "groups", Groups: map[string]tenant.Role{"ops": tenant.Admin},
		}},
		Issuers: []authpolicy.Issuer{{
			Name: "Builds", Issuer: "https://id.acme.example", JWKS: "https://id.acme.example/keys",
			Audience: "https://api.bulkhead.example", Algorithms: []string{"RS256"}, Clients: []string{"builds"},
			Scopes: map[string]tenant.Role{"files.write": tenant.Editor},
		}, {
			Name: "People", Issuer: "https://people.acme.example", JWKS: "https://people.acme.example/keys",
			Audience: "https://api.bulkhead.example", Algorithms: []string{"RS256"}, Clients: []string{"app"}, People: true,
		}},
		Domains: []authpolicy.Domain{{
			Name: "acme.example", Challenge: authpolicy.NewChallenge(), Proven: w.now(), Checked: w.now(),
			Failing: w.now(), Provider: id,
		}},
		Enforcement: staged,
	}
}

// set is a change to the policy.
func set(to authpolicy.Policy) func(authpolicy.Policy) (authpolicy.Policy, error) {
	return func(authpolicy.Policy) (authpolicy.Policy, error) { return to.Clone(), nil }
}

func TestStore(t *testing.T) {
	w := newWorld(t)
	one, db := w.process(t)
	other, _ := w.process(t)
	acme, globex := tenant.NewID(), tenant.NewID()

	p, err := one.Get(t.Context(), acme)
	must(t, err)
	if p.Version != 0 || p.Accepts() != authpolicy.Minimum() {
		t.Errorf("a tenant that set nothing has %+v", p)
	}
	want := whole(w)
	stored, err := one.Change(t.Context(), acme, 0, set(want))
	must(t, err)
	want.Version, want.Changed = 1, w.now()
	same := cmp.AllowUnexported(tenant.UserID{}, authpolicy.ProviderID{})
	if diff := cmp.Diff(want, *stored, same); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	read, err := other.Current(t.Context(), acme)
	must(t, err)
	if diff := cmp.Diff(want, *read, same); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}

	t.Run("a process sees its own write at once, another within 5 s", func(t *testing.T) {
		if p, err := one.Get(t.Context(), acme); err != nil || p.Version != 1 {
			t.Errorf("the process that wrote: %+v, %v", p, err)
		}
		third, _ := w.process(t)
		if p, err := third.Get(t.Context(), acme); err != nil || p.Version != 1 {
			t.Fatalf("%+v, %v", p, err)
		}
		_, err := one.Change(t.Context(), acme, 1, func(p authpolicy.Policy) (authpolicy.Policy, error) { return p, nil })
		must(t, err)
		w.advance(5 * time.Second)
		if p, err := third.Get(t.Context(), acme); err != nil || p.Version != 2 {
			t.Errorf("another process, 5 s later: %+v, %v", p, err)
		}
	})
	t.Run("a version that is not the stored one changes nothing", func(t *testing.T) {
		called := false
		_, err := other.Change(t.Context(), acme, 1, func(p authpolicy.Policy) (authpolicy.Policy, error) {
			called = true
			return p, nil
		})
		if !errors.Is(err, tenant.ErrStale) || called {
			t.Errorf("%v, called %v", err, called)
		}
	})
	t.Run("an unsound policy is not stored", func(t *testing.T) {
		_, err := one.Change(t.Context(), acme, authpolicies.AnyVersion, func(p authpolicy.Policy) (authpolicy.Policy, error) {
			p.Refused = authpolicy.SignIns()
			return p, nil
		})
		if !errors.Is(err, tenant.ErrInvalid) {
			t.Errorf("a policy that locks everybody out: %v", err)
		}
		if p, err := one.Current(t.Context(), acme); err != nil || p.Version != 2 {
			t.Errorf("afterwards %+v, %v", p, err)
		}
	})
	t.Run("one tenant's change is not another's", func(t *testing.T) {
		if p, err := one.Current(t.Context(), globex); err != nil || p.Version != 0 {
			t.Errorf("globex: %+v, %v", p, err)
		}
	})
	t.Run("who has proven a domain", func(t *testing.T) {
		holders, err := one.HoldersOf(t.Context(), "acme.example")
		if err != nil || len(holders) != 1 || holders[0] != acme {
			t.Errorf("%v, %v", holders, err)
		}
		if holders, err := one.HoldersOf(t.Context(), "globex.example"); err != nil || len(holders) != 0 {
			t.Errorf("a domain of nobody: %v, %v", holders, err)
		}
	})
	t.Run("what cannot be read is not the minimum", func(t *testing.T) {
		defer w.cloud.Faults().Add(fault.Rule{
			Method: "/google.firestore.v1.Firestore/BatchGetDocuments", Code: codes.PermissionDenied,
		}).Remove()
		fresh, _ := w.process(t)
		if p, err := fresh.Get(t.Context(), acme); !errors.Is(err, tenant.ErrUnavailable) {
			t.Errorf("%+v, %v", p, err)
		}
	})
	t.Run("a record that nobody wrote so is not the minimum", func(t *testing.T) {
		_, err := db.Collection("authpolicies").Doc(globex.String()).Set(t.Context(), map[string]any{"refused": []string{"everything"}})
		must(t, err)
		if p, err := one.Current(t.Context(), globex); !errors.Is(err, tenant.ErrUnavailable) {
			t.Errorf("%+v, %v", p, err)
		}
	})
}
