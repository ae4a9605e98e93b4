package iam_test

import (
	"testing"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

func TestStateSurvives(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.account("tn-0123456789")
	w.bind(projectHolder, &iampb.Binding{
		Role: "roles/datastore.user", Members: []string{"serviceAccount:" + a.Email}, Condition: onlyDatabase("mine"),
	})
	_, file := w.key(a)
	self, exchanged := w.authorization(file, true), w.authorization(file, false)
	disabled := w.account("web-server")
	_, disabledFile := w.key(disabled)
	if err := w.owner.DisableServiceAccount(ctx, &adminpb.DisableServiceAccountRequest{Name: disabled.Name}); err != nil {
		t.Fatal(err)
	}
	deleted := w.account("web-worker")
	_, deletedFile := w.key(deleted)
	if err := w.owner.DeleteServiceAccount(ctx, &adminpb.DeleteServiceAccountRequest{Name: deleted.Name}); err != nil {
		t.Fatal(err)
	}
	policy, err := w.Policy(projectHolder, 3)
	if err != nil {
		t.Fatal(err)
	}

	w.reopen()

	for what, authorization := range map[string]string{"JWT": self, "access token": exchanged} {
		caller, err := w.authenticate(authorization)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		wantCode(t, what+" on its database", w.Check(ctx, caller, "datastore.entities.get", database("mine")), codes.OK)
		wantCode(t, what+" on another's", w.Check(ctx, caller, "datastore.entities.get", database("theirs")), codes.PermissionDenied)
	}
	_, err = w.authenticate(w.authorization(disabledFile, true))
	wantCode(t, "a disabled account", err, codes.Unauthenticated)
	_, err = w.authenticate(w.authorization(deletedFile, true))
	wantCode(t, "a deleted account", err, codes.Unauthenticated)
	if again, err := w.Policy(projectHolder, 3); err != nil || !proto.Equal(policy, again) {
		t.Errorf("policy %v, %v; want %v", again, err, policy)
	}
}

func TestOwnerIsMadeOnce(t *testing.T) {
	w := newWorld(t)
	if _, err := w.SetPolicy(projectHolder, &iampb.Policy{}); err != nil {
		t.Fatal(err)
	}
	w.reopen()
	file, err := w.NewOwnerKey()
	if err != nil {
		t.Fatal(err)
	}
	caller, err := w.authenticate(w.authorization(file, true))
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, "an owner whose binding was removed",
		w.Check(t.Context(), caller, "resourcemanager.projects.get", database("d")), codes.PermissionDenied)
}
