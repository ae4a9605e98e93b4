package iam_test

import (
	"testing"
	"time"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

func TestKeysTakeTheirTime(t *testing.T) {
	w := newWorld(t)
	w.SetPropagation(time.Minute, 0)
	ctx := t.Context()
	a := w.account("web-server")
	name, file := w.key(a)
	tries := func(what string, want codes.Code) {
		t.Helper()
		_, err := w.authenticate(w.authorization(file, true))
		wantCode(t, what, err, want)
		wantKeys := want == codes.OK
		if keys, ok := w.PublicKeys(a.Email); ok && len(keys) > 0 != wantKeys {
			t.Errorf("%s: %d keys verify signatures", what, len(keys))
		}
	}
	tries("a new account", codes.Unauthenticated)
	w.advance(59 * time.Second)
	tries("59 s later", codes.Unauthenticated)
	w.advance(time.Second)
	tries("a minute later", codes.OK)

	if err := w.owner.DisableServiceAccountKey(ctx, &adminpb.DisableServiceAccountKeyRequest{Name: name}); err != nil {
		t.Fatal(err)
	}
	tries("a key that was just disabled", codes.OK)
	w.advance(30 * time.Second)
	if err := w.owner.DeleteServiceAccountKey(ctx, &adminpb.DeleteServiceAccountKeyRequest{Name: name}); err != nil {
		t.Fatal(err)
	}
	tries("and deleted", codes.OK)
	w.advance(30 * time.Second)
	tries("a minute after it was disabled", codes.Unauthenticated)

	_, file = w.key(a)
	tries("a key that was just made", codes.Unauthenticated)
	w.SetPropagation(0, 0)
	tries("no delay", codes.OK)
}

func TestPoliciesTakeTheirTime(t *testing.T) {
	w := newWorld(t)
	a := w.account("web-server", "roles/datastore.viewer")
	w.SetPropagation(0, time.Minute)
	check := func(what, permission string, want codes.Code) {
		t.Helper()
		wantCode(t, what, w.Check(t.Context(), iam.Caller{Email: a.Email}, permission, database("d")), want)
	}
	w.bind(projectHolder, &iampb.Binding{Role: "roles/datastore.user", Members: []string{"serviceAccount:" + a.Email}})
	check("a new binding", "datastore.entities.create", codes.PermissionDenied)
	check("an old binding", "datastore.entities.get", codes.OK)
	if p, err := w.Policy(projectHolder, 3); err != nil || !binds(p, "roles/datastore.user", "serviceAccount:"+a.Email) {
		t.Errorf("who reads the policy does not see what was set: %v, %v", p, err)
	}
	w.advance(time.Minute)
	check("a minute later", "datastore.entities.create", codes.OK)

	p, err := w.Policy(projectHolder, 3)
	if err != nil {
		t.Fatal(err)
	}
	p.Bindings = nil
	if _, err := w.SetPolicy(projectHolder, p); err != nil {
		t.Fatal(err)
	}
	check("a binding that was just removed", "datastore.entities.create", codes.OK)
	w.SetPropagation(0, 0)
	check("no delay", "datastore.entities.create", codes.PermissionDenied)
}

// A delay must not hand one account's rights to another that is made under its e-mail address.
func TestRecreatedAccountInheritsNothingMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.account("web-server", "roles/datastore.viewer")
	w.SetPropagation(0, time.Hour)
	email := "web-server@" + project + ".iam.gserviceaccount.com"
	if err := w.owner.DeleteServiceAccount(t.Context(), &adminpb.DeleteServiceAccountRequest{Name: projectHolder + "/serviceAccounts/" + email}); err != nil {
		t.Fatal(err)
	}
	w.account("web-server")
	err := w.Check(t.Context(), iam.Caller{Email: email}, "datastore.entities.get", database("d"))
	wantCode(t, "the account made anew", err, codes.PermissionDenied)
}

// Nor may it keep the policy of what was deleted for what is made next under that name.
func TestDeletedPolicyIsGoneAtOnce(t *testing.T) {
	w := newWorld(t)
	a := w.account("publisher")
	member := "serviceAccount:" + a.Email
	w.bind(topic("a"), &iampb.Binding{Role: "roles/pubsub.publisher", Members: []string{member}})
	w.SetPropagation(0, time.Hour)
	w.bind(topic("a"), &iampb.Binding{Role: "roles/pubsub.viewer", Members: []string{member}})
	if err := w.DeletePolicy(topic("a")); err != nil {
		t.Fatal(err)
	}
	err := w.Check(t.Context(), iam.Caller{Email: a.Email}, "pubsub.topics.publish", topicResource(topic("a")))
	wantCode(t, "the topic made anew", err, codes.PermissionDenied)
}
