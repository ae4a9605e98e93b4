package iam_test

import (
	"path"
	"testing"
	"time"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/localcloud/iam"
)

// Each real refusal has its cause.
func TestCause(t *testing.T) {
	w := newWorld(t)
	a, other := w.account("web-server"), w.account("web-worker")
	keyName, file := w.key(a)
	w.bind(projectHolder, &iampb.Binding{
		Role: "roles/datastore.user", Members: []string{"serviceAccount:" + a.Email}, Condition: onlyDatabase("mine"),
	})
	is := func(want iam.Cause, detail string) {
		t.Helper()
		if got, d := w.Denials()[0].Cause(); got != want || d != detail {
			t.Errorf("%q is %q, %q; want %q, %q", w.Denials()[0].Reason, got, d, want, detail)
		}
	}
	w.ask(a.Email, "datastore.entities.get", "mine", codes.OK)
	if got, _ := w.Permits()[0].Cause(); got != iam.CauseNone {
		t.Errorf("what was allowed has the cause %q", got)
	}
	w.ask(a.Email, "datastore.entities.get", "theirs", codes.PermissionDenied)
	is(iam.CauseCondition, onlyDatabase("mine").Expression)
	w.ask(other.Email, "datastore.entities.get", "theirs", codes.PermissionDenied)
	is(iam.CauseNoBinding, "datastore.entities.get to serviceAccount:"+other.Email+" on "+projectHolder)
	w.ask(a.Email, "datastore.entities.wish", "mine", codes.PermissionDenied)
	is(iam.CauseUnknown, "datastore.entities.wish")

	refused := func(authorization string) {
		t.Helper()
		_, err := w.authenticate(authorization)
		wantCode(t, "authenticate", err, codes.Unauthenticated)
	}
	refused("")
	is(iam.CauseNoToken, "")
	refused("Bearer nonsense")
	is(iam.CauseNoToken, "")
	self, exchanged := w.authorization(file, true), w.authorization(file, false)
	id := path.Base(keyName)
	disable := func(off bool) {
		t.Helper()
		var err error
		if off {
			err = w.owner.DisableServiceAccount(t.Context(), &adminpb.DisableServiceAccountRequest{Name: a.Name})
		} else {
			err = w.owner.EnableServiceAccount(t.Context(), &adminpb.EnableServiceAccountRequest{Name: a.Name})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	disable(true)
	refused(self)
	is(iam.CauseDisabled, "")
	refused(exchanged)
	is(iam.CauseDisabled, "")
	disable(false)
	w.advance(3 * time.Hour)
	refused(self)
	is(iam.CauseExpired, "")
	refused(exchanged)
	is(iam.CauseExpired, "")
	w.advance(-3 * time.Hour)
	if err := w.owner.DisableServiceAccountKey(t.Context(), &adminpb.DisableServiceAccountKeyRequest{Name: keyName}); err != nil {
		t.Fatal(err)
	}
	refused(self)
	is(iam.CauseKeyOff, id)
	if err := w.owner.DeleteServiceAccountKey(t.Context(), &adminpb.DeleteServiceAccountKeyRequest{Name: keyName}); err != nil {
		t.Fatal(err)
	}
	refused(self)
	is(iam.CauseNoKey, id)
	if err := w.owner.DeleteServiceAccount(t.Context(), &adminpb.DeleteServiceAccountRequest{Name: a.Name}); err != nil {
		t.Fatal(err)
	}
	refused(self)
	is(iam.CauseNoAccount, "")
	w.ask(a.Email, "datastore.entities.get", "mine", codes.Unauthenticated)
	is(iam.CauseNoAccount, "")
}
