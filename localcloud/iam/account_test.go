package iam_test

import (
	"fmt"
	"testing"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

func TestAccountLife(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	made, err := w.owner.CreateServiceAccount(ctx, &adminpb.CreateServiceAccountRequest{
		Name:           projectHolder,
		AccountId:      "tn-0123456789",
		ServiceAccount: &adminpb.ServiceAccount{DisplayName: "acme"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "tn-0123456789@" + project + ".iam.gserviceaccount.com"; made.Email != want || made.Name != projectHolder+"/serviceAccounts/"+want {
		t.Errorf("made %q, named %q; want e-mail %q", made.Email, made.Name, want)
	}

	for _, name := range []string{made.Name, "projects/-/serviceAccounts/" + made.Email, "projects/-/serviceAccounts/" + made.UniqueId} {
		got, err := w.owner.GetServiceAccount(ctx, &adminpb.GetServiceAccountRequest{Name: name})
		if err != nil || got.UniqueId != made.UniqueId || got.DisplayName != "acme" {
			t.Errorf("get %s: %v, %v", name, got, err)
		}
	}

	_, err = w.owner.PatchServiceAccount(ctx, &adminpb.PatchServiceAccountRequest{
		ServiceAccount: &adminpb.ServiceAccount{Name: made.Name, DisplayName: "Acme Inc.", Description: "ignored"},
		UpdateMask:     &fieldmaskpb.FieldMask{Paths: []string{"display_name"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.owner.GetServiceAccount(ctx, &adminpb.GetServiceAccountRequest{Name: made.Name})
	if err != nil || got.DisplayName != "Acme Inc." || got.Description != "" {
		t.Errorf("after the patch: %v, %v", got, err)
	}
	//lint:ignore SA1019 deprecated, and still what clients see
	if string(got.Etag) == string(made.Etag) {
		t.Error("the patch left the etag as it was")
	}

	if err := w.owner.DeleteServiceAccount(ctx, &adminpb.DeleteServiceAccountRequest{Name: made.Name}); err != nil {
		t.Fatal(err)
	}
	_, err = w.owner.GetServiceAccount(ctx, &adminpb.GetServiceAccountRequest{Name: made.Name})
	wantCode(t, "get after delete", err, codes.NotFound)
}

func TestCreateAccountRefusals(t *testing.T) {
	w := newWorld(t)
	w.account("web-server")
	for id, want := range map[string]codes.Code{
		"web-server":                       codes.AlreadyExists,
		"":                                 codes.InvalidArgument,
		"owner":                            codes.InvalidArgument, // too short, so nobody can make an owner
		"Web-server":                       codes.InvalidArgument,
		"1web-server":                      codes.InvalidArgument,
		"web-server-":                      codes.InvalidArgument,
		"web@server":                       codes.InvalidArgument,
		"a23456789012345678901234567890xx": codes.InvalidArgument,
	} {
		_, err := w.owner.CreateServiceAccount(t.Context(), &adminpb.CreateServiceAccountRequest{Name: projectHolder, AccountId: id})
		wantCode(t, fmt.Sprintf("id %q", id), err, want)
	}
	_, err := w.owner.CreateServiceAccount(t.Context(), &adminpb.CreateServiceAccountRequest{Name: "projects/other", AccountId: "web-worker"})
	wantCode(t, "another project", err, codes.PermissionDenied)
}

func TestListAccountsByPages(t *testing.T) {
	w := newWorld(t)
	want := []string{"owner@" + project + ".iam.gserviceaccount.com"}
	for i := range 5 {
		want = append(want, w.account(fmt.Sprintf("web-%04d", i)).Email)
	}
	var got []string
	it := w.owner.ListServiceAccounts(t.Context(), &adminpb.ListServiceAccountsRequest{Name: projectHolder, PageSize: 2})
	for {
		a, err := it.Next()
		if err == iterator.Done {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, a.Email)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("listed %v, want %v", got, want)
	}
}

// An account made anew under the e-mail address of a deleted one is another account.
func TestRecreatedAccountInheritsNothing(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	old := w.account("web-server", "roles/datastore.user")
	_, oldKey := w.key(old)
	token := w.authorization(oldKey, false)
	caller, err := w.authenticate(token)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Check(ctx, caller, "datastore.entities.get", database("d")); err != nil {
		t.Fatal(err)
	}

	if err := w.owner.DeleteServiceAccount(ctx, &adminpb.DeleteServiceAccountRequest{Name: old.Name}); err != nil {
		t.Fatal(err)
	}
	anew := w.account("web-server")
	_, newKey := w.key(anew)

	wantCode(t, "old caller", w.Check(ctx, caller, "datastore.entities.get", database("d")), codes.Unauthenticated)
	_, err = w.authenticate(token)
	wantCode(t, "old access token", err, codes.Unauthenticated)
	_, err = w.authenticate(w.authorization(oldKey, true))
	wantCode(t, "old key", err, codes.Unauthenticated)

	caller, err = w.authenticate(w.authorization(newKey, true))
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, "new account under the old binding", w.Check(ctx, caller, "datastore.entities.get", database("d")), codes.PermissionDenied)

	policy, err := w.Policy(projectHolder, 3)
	if err != nil {
		t.Fatal(err)
	}
	want := "deleted:serviceAccount:" + old.Email + "?uid=" + old.UniqueId
	if !binds(policy, "roles/datastore.user", want) {
		t.Errorf("the policy does not say %s: %v", want, policy)
	}
	if _, err := w.SetPolicy(projectHolder, policy); err != nil {
		t.Errorf("setting the policy as it was read: %v", err)
	}
}

func binds(p *iampb.Policy, role, member string) bool {
	for _, b := range p.Bindings {
		for _, m := range b.Members {
			if b.Role == role && m == member {
				return true
			}
		}
	}
	return false
}
