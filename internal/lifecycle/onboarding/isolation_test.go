package onboarding_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/expr"

	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/onboarding"
	"github.com/bulkhead-saas/bulkhead/internal/lifecycle/probe"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vault"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// A tenant whose key the cloud lets in anywhere else is not activated, and its key does not reach
// the vault.
func TestProvisionProvesIsolation(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	first, err := onboarding.Provision(ctx, w.Onboarding, request(t, "globex"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name       string
		give, take func(member string)
	}{
		{ // first, while there is one other tenant: later some are chosen, by chance
			name: "the bucket of another",
			give: func(m string) { bindBucket(t, w, first.Bucket, m, true) },
			take: func(m string) { bindBucket(t, w, first.Bucket, m, false) },
		},
		{
			name: "a role on the whole project",
			give: func(m string) { bind(t, w, "roles/datastore.viewer", m, nil) },
			take: func(m string) { unbind(t, w, "roles/datastore.viewer", m) },
		},
		{
			name: "a condition that is too wide",
			give: func(m string) {
				bind(t, w, "roles/datastore.user", m, &expr.Expr{Title: "wide", Expression: `resource.name.startsWith("projects/` + vendingtest.Project + `/databases/tn-")`})
			},
			take: func(m string) { unbind(t, w, "roles/datastore.user", m) },
		},
		{
			name: "the control plane",
			give: func(m string) {
				bind(t, w, "roles/datastore.viewer", m, &expr.Expr{Title: "platform", Expression: `resource.name=="projects/` + vendingtest.Project + `/databases/platform"`})
			},
			take: func(m string) { unbind(t, w, "roles/datastore.viewer", m) },
		},
		{
			name: "the vault",
			give: func(m string) { bindBucket(t, w, w.Vaults[tenant.EU], m, true) },
			take: func(m string) { bindBucket(t, w, w.Vaults[tenant.EU], m, false) },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(t, strings.ReplaceAll(c.name, " ", "-"))
			var member string
			_, err := onboarding.ProvisionWatched(ctx, w.Onboarding, r, func(step string) error {
				if step != "account" {
					return nil
				}
				made, err := w.Onboarding.Registry.BySlug(ctx, r.Slug)
				member = "serviceAccount:" + made.ServiceAccount
				c.give(member)
				return err
			})
			if !errors.Is(err, probe.ErrNotIsolated) {
				t.Errorf("got %v, want ErrNotIsolated", err)
			}
			half, err := w.Onboarding.Registry.BySlug(ctx, r.Slug)
			if err != nil || half.Status != tenant.Provisioning {
				t.Errorf("the tenant is %s, %v", half.Status, err)
			}
			if _, _, err := w.Onboarding.Vault.Get(ctx, half.ID, half.Region); !errors.Is(err, vault.ErrNoBundle) {
				t.Errorf("the key is in the vault: %v", err)
			}
			c.take(member)
			made, err := onboarding.Provision(ctx, w.Onboarding, r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(whole, take(t, w, made)); diff != "" {
				t.Errorf("once the binding is gone (-want +got):\n%s", diff)
			}
		})
	}
}

// A policy that was written may take minutes to hold. Until it does the key is refused on its own
// database, and onboarding waits, as long as it is told to.
func TestProvisionIsPatient(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	for _, c := range []struct {
		slug     string
		patience time.Duration
		arrives  bool
	}{
		{"late", 20 * time.Second, true},
		{"never", 3 * time.Second, false},
	} {
		t.Run(c.slug, func(t *testing.T) {
			r := request(t, c.slug)
			cfg := w.Onboarding
			cfg.Patience = c.patience
			arrived, begun := make(chan struct{}), false
			_, err := onboarding.ProvisionWatched(ctx, cfg, r, func(step string) error {
				if step != "key" {
					return nil
				}
				made, err := w.Onboarding.Registry.BySlug(ctx, r.Slug)
				if err != nil {
					return err
				}
				began := time.Now()
				held := policy(t, w)
				unbind(t, w, "roles/datastore.user", "serviceAccount:"+made.ServiceAccount)
				begun = true
				go func() {
					defer close(arrived)
					for c.arrives && !refusedOnce(w, began, made.ServiceAccount) {
						time.Sleep(time.Millisecond)
					}
					if c.arrives {
						held.Etag = nil
						setPolicy(t, w, held)
					}
				}()
				return nil
			})
			if !begun {
				t.Fatalf("it did not come to the proof: %v", err)
			}
			<-arrived
			if (err == nil) != c.arrives {
				t.Errorf("got %v", err)
			}
			_, err = w.Authenticator.Tenant(ctx, tenant.SelectSlug(r.Slug))
			if (err == nil) != c.arrives {
				t.Errorf("the tenant is served: %v", err)
			}
		})
	}
}

// refusedOnce reports whether the cloud has refused the account since began.
func refusedOnce(w *vendingtest.World, began time.Time, account string) bool {
	for _, d := range w.Asked(began) {
		if d.Caller == account && !d.Allowed {
			return true
		}
	}
	return false
}

func bind(t *testing.T, w *vendingtest.World, role, member string, condition *expr.Expr) {
	t.Helper()
	p := policy(t, w)
	p.Bindings = append(p.Bindings, &iampb.Binding{Role: role, Members: []string{member}, Condition: condition})
	setPolicy(t, w, p)
}

// unbind takes every binding of the role from the member, the right one too: the next run makes
// that again.
func unbind(t *testing.T, w *vendingtest.World, role, member string) {
	t.Helper()
	p := policy(t, w)
	p.Bindings = slices.DeleteFunc(p.Bindings, func(b *iampb.Binding) bool {
		return b.GetRole() == role && slices.Contains(b.GetMembers(), member)
	})
	setPolicy(t, w, p)
}

func setPolicy(t *testing.T, w *vendingtest.World, p *iampb.Policy) {
	t.Helper()
	projects, err := w.Owner.Projects(t.Context())
	p.Version = 3
	if err == nil {
		_, err = projects.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{Resource: "projects/" + vendingtest.Project, Policy: p})
	}
	if err != nil {
		t.Error(err)
	}
}

func bindBucket(t *testing.T, w *vendingtest.World, bucket, member string, add bool) {
	t.Helper()
	handle := w.Owner.Storage().Bucket(bucket).IAM()
	p, err := handle.Policy(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if add {
		p.Add(member, "roles/storage.objectViewer")
	} else {
		p.Remove(member, "roles/storage.objectViewer")
	}
	if err := handle.SetPolicy(context.Background(), p); err != nil {
		t.Fatal(err)
	}
}
