package onboarding_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/expr"

	"github.com/bulkhead-saas/bulkhead/internal/onboarding"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
)

// A tenant whose key the cloud lets in anywhere else is not activated, and its key does not reach the vault.
func TestProvisionProvesIsolation(t *testing.T) {
	w := vendingtest.Start(t)
	ctx := t.Context()
	first, err := onboarding.Provision(ctx, w.Onboarding, request(t, "globex"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ give, take func(member string) }{
		"a role on the whole project": {
			give: func(m string) { bind(t, w, "roles/datastore.viewer", m, nil) },
			take: func(m string) { unbind(t, w, "roles/datastore.viewer", m) },
		},
		"a condition that is too wide": {
			give: func(m string) {
				bind(t, w, "roles/datastore.user", m, &expr.Expr{Title: "wide", Expression: `resource.name.startsWith("projects/` + vendingtest.Project + `/databases/tn-")`})
			},
			take: func(m string) { unbind(t, w, "roles/datastore.user", m) },
		},
		"the bucket of another": {
			give: func(m string) { bindBucket(t, w, first.Bucket, m, true) },
			take: func(m string) { bindBucket(t, w, first.Bucket, m, false) },
		},
		"the vault": {
			give: func(m string) { bindBucket(t, w, w.Vaults[tenancy.EU], m, true) },
			take: func(m string) { bindBucket(t, w, w.Vaults[tenancy.EU], m, false) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := request(t, strings.ReplaceAll(name, " ", "-"))
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
			if !errors.Is(err, vending.ErrNotIsolated) {
				t.Errorf("got %v, want ErrNotIsolated", err)
			}
			half, err := w.Onboarding.Registry.BySlug(ctx, r.Slug)
			if err != nil || half.Status != tenancy.Provisioning {
				t.Errorf("the tenant is %s, %v", half.Status, err)
			}
			if _, _, err := w.Onboarding.Vault.Get(ctx, half.ID, half.Region); !errors.Is(err, vending.ErrDenied) {
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

func bind(t *testing.T, w *vendingtest.World, role, member string, condition *expr.Expr) {
	t.Helper()
	p := policy(t, w)
	p.Bindings = append(p.Bindings, &iampb.Binding{Role: role, Members: []string{member}, Condition: condition})
	setPolicy(t, w, p)
}

// unbind takes every binding of the role from the member, the right one too: the next run makes that again.
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
	if err != nil {
		t.Fatal(err)
	}
	p.Version = 3
	if _, err := projects.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{Resource: "projects/" + vendingtest.Project, Policy: p}); err != nil {
		t.Fatal(err)
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
