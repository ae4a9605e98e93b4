package people_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	firebaseauth "firebase.google.com/go/v4/auth"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/bulkhead-saas/bulkhead/internal/audit"
	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/internal/vending/vendingtest"
	"github.com/bulkhead-saas/bulkhead/localcloud/fault"
)

func ann() people.NewUser {
	return people.NewUser{Email: "ann@acme.test", Name: "Ann", Password: "password-of-ann", Role: tenant.Admin}
}

// An account with the address is there before the admin adds it: somebody who administers Identity
// Platform made it, or it is from before end users were kept from registering. It has a password, a
// phone number and a foreign login. The new person's account is another one, and of the old one
// nothing works any more.
func TestAddUserAdoptsNoAccount(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	acme := w.Acme
	dir := w.Directory(t, acme.Tenant)
	credentials := map[string]any{
		"email": "ann@acme.test", "password": "password-of-mallory", "tenantId": acme.IdentityTenant, "returnSecureToken": true,
	}
	if registered := w.Accounts(t, "signUp", credentials); registered["refreshToken"] != "" {
		t.Fatal("a stranger registered")
	}
	old, err := dir.CreateUser(ctx, new(firebaseauth.UserToCreate).
		Email("ann@acme.test").Password("password-of-mallory").PhoneNumber("+493012345678"))
	if err != nil {
		t.Fatal(err)
	}
	link := new(firebaseauth.UserToUpdate).ProviderToLink(&firebaseauth.UserProvider{ProviderID: "google.com", UID: "mallory"})
	if _, err := dir.UpdateUser(ctx, old.UID, link); err != nil {
		t.Fatal(err)
	}
	stray := w.Accounts(t, "signInWithPassword", credentials)
	if _, err := w.Services.SignIn.Exchange(ctx, acme.Tenant, stray["idToken"]); !errors.Is(err, people.ErrNoAccess) {
		t.Errorf("before: %v", err)
	}
	if _, err := w.People.AddUser(ctx, w.Grant(t, acme.Editor), ann()); !errors.Is(err, users.ErrForbidden) {
		t.Errorf("an editor replaces it: %v", err)
	}
	if w.RefreshAtGoogle(t, stray["refreshToken"]) == "" {
		t.Error("an editor's attempt changed the account")
	}

	u, err := w.People.AddUser(ctx, w.Grant(t, acme.Admin), ann())
	if err != nil {
		t.Fatal(err)
	}
	if u.ID.String() == old.UID {
		t.Error("the account was adopted")
	}
	if _, err := dir.GetUser(ctx, old.UID); !firebaseauth.IsUserNotFound(err) {
		t.Errorf("the old account is still there: %v", err)
	}
	account, err := dir.GetUser(ctx, u.ID.String())
	if err != nil || account.PhoneNumber != "" || len(account.ProviderUserInfo) != 1 || account.ProviderUserInfo[0].ProviderID != "password" {
		t.Errorf("the new account: %+v, %v", account, err)
	}
	if _, err := w.Services.SignIn.SignInWithPassword(ctx, acme.Tenant, "ann@acme.test", "password-of-mallory"); !errors.Is(err, identityplatform.ErrBadCredentials) {
		t.Errorf("the stranger's password: %v", err)
	}
	if id := w.RefreshAtGoogle(t, stray["refreshToken"]); id != "" {
		t.Error("the stranger's session goes on")
	}
	if tokens, err := w.Services.SignIn.Exchange(ctx, acme.Tenant, stray["idToken"]); err == nil {
		t.Errorf("the stranger's ID token from before is exchanged: %v", tokens)
	}
	if _, err := w.Services.SignIn.SignInWithPassword(ctx, acme.Tenant, "ann@acme.test", "password-of-ann"); err != nil {
		t.Errorf("the person: %v", err)
	}
	if kinds := w.intended(t); slices.Contains(kinds, people.AddKind) {
		t.Errorf("intents are left: %v", kinds)
	}
}

// What is linked to a new account before it has its record is found, and nobody gets in by it.
func TestAddUserLooksAgain(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	dir := w.Directory(t, w.Acme.Tenant)
	slow := w.Cloud.Faults().Add(fault.Rule{
		Method: "/google.firestore.v1.Firestore/Commit", Resource: databaseOf(w.Acme.Tenant), Delay: time.Second, Times: 1,
	})
	defer slow.Remove()
	added := make(chan error, 1)
	admin := w.Grant(t, w.Acme.Admin)
	go func() {
		_, err := w.People.AddUser(ctx, admin, ann())
		added <- err
	}()
	for slow.Hits() == 0 {
		time.Sleep(time.Millisecond) // the test's own deadline ends this
	}
	account, err := dir.GetUserByEmail(ctx, "ann@acme.test")
	if err != nil {
		t.Fatal(err)
	}
	link := new(firebaseauth.UserToUpdate).ProviderToLink(&firebaseauth.UserProvider{ProviderID: "google.com", UID: "mallory"})
	if _, err := dir.UpdateUser(ctx, account.UID, link); err != nil {
		t.Fatal(err)
	}
	if err := <-added; !errors.Is(err, identityplatform.ErrUnavailable) {
		t.Errorf("AddUser: %v, want ErrUnavailable", err)
	}
	if _, err := w.Services.SignIn.SignInWithPassword(ctx, w.Acme.Tenant, "ann@acme.test", "password-of-ann"); !errors.Is(err, identityplatform.ErrDisabled) {
		t.Errorf("the account lets somebody in: %v, want ErrDisabled", err)
	}
}

// An attempt whose record was not written leaves an account, which a worker deletes. Until then a
// second attempt waits, for the first may still be at work.
func TestHalfAnAddIsFinished(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	admin, dir := w.Grant(t, w.Acme.Admin), w.Directory(t, w.Acme.Tenant)
	away := w.Cloud.Faults().Add(fault.Rule{
		Method: "/google.firestore.v1.Firestore/Commit", Resource: databaseOf(w.Acme.Tenant), Code: codes.PermissionDenied,
	})
	_, err := w.People.AddUser(ctx, admin, ann())
	away.Remove()
	if !errors.Is(err, identityplatform.ErrUnavailable) {
		t.Fatalf("AddUser: %v, want ErrUnavailable", err)
	}
	orphan, err := dir.GetUserByEmail(ctx, "ann@acme.test")
	if err != nil {
		t.Fatal(err)
	}
	if kinds := w.intended(t); !slices.Contains(kinds, people.AddKind) {
		t.Fatalf("nobody will look after it: %v", kinds)
	}
	if _, err := w.People.AddUser(ctx, admin, ann()); !errors.Is(err, identityplatform.ErrUnavailable) {
		t.Errorf("a second attempt: %v, want ErrUnavailable", err)
	}
	if _, err := dir.GetUser(ctx, orphan.UID); err != nil {
		t.Errorf("the second attempt deleted what the first may be about to write a record for: %v", err)
	}
	payload, err := json.Marshal(map[string]string{"user": orphan.UID})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a job may be done twice
		if err := w.People.FinishAdd(ctx, admin, payload); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := dir.GetUser(ctx, orphan.UID); !firebaseauth.IsUserNotFound(err) {
		t.Errorf("the account is still there: %v", err)
	}
	u, err := w.People.AddUser(ctx, admin, ann())
	if err != nil {
		t.Fatal(err)
	}
	payload, err = json.Marshal(map[string]string{"user": u.ID.String()})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.People.FinishAdd(ctx, admin, payload); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.GetUser(ctx, u.ID.String()); err != nil {
		t.Errorf("an account with a record is gone: %v", err)
	}
	for _, payload := range []string{`{`, `{}`, `{"user":"` + w.Acme.Viewer.ID.String() + `"}`} {
		if err := w.People.FinishAdd(ctx, admin, []byte(payload)); !errors.Is(err, jobs.ErrGiveUp) {
			t.Errorf("%s: %v, want ErrGiveUp", payload, err)
		}
	}
}

// Accounts without a record and records without an account are told by their ids, and counted for
// operators.
func TestCompare(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	admin, dir := w.Grant(t, w.Acme.Admin), w.Directory(t, w.Acme.Tenant)
	if err := w.People.ReportDifference(ctx, admin, nil); err != nil {
		t.Errorf("nothing differs: %v", err)
	}
	stray, err := dir.CreateUser(ctx, new(firebaseauth.UserToCreate).Email("stray@acme.test").Password("password-of-stray"))
	if err != nil {
		t.Fatal(err)
	}
	if err := dir.DeleteUser(ctx, w.Acme.Viewer.ID.String()); err != nil {
		t.Fatal(err)
	}
	// A record that this version cannot read is a record.
	later := audit.Entry{Action: "user.role", Kind: "user", ID: w.Acme.Editor.ID.String()}
	if err := audit.Of(admin).Change(ctx, later, func(_ context.Context, tx *firestore.Transaction, _ *audit.Entry) error {
		ref := admin.Database().Collection("users").Doc(w.Acme.Editor.ID.String())
		return tx.Set(ref, map[string]any{"role": "of a later version"})
	}); err != nil {
		t.Fatal(err)
	}
	got, err := w.People.Compare(ctx, admin)
	want := people.Difference{NoRecord: []string{stray.UID}, NoAccount: []string{w.Acme.Viewer.ID.String()}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v; -want +got:\n%s", err, diff)
	}
	if err := w.People.ReportDifference(ctx, admin, nil); !errors.Is(err, jobs.ErrGiveUp) ||
		err.Error() != "jobs: given up: accounts without a record: 1; records without an account: 1" {
		t.Errorf("the job: %v", err)
	}
	if got, err := w.People.Compare(ctx, w.Grant(t, w.Globex.Admin)); err != nil || len(got.NoRecord)+len(got.NoAccount) != 0 {
		t.Errorf("globex: %+v, %v", got, err)
	}
}

func databaseOf(t tenant.Tenant) string {
	return "projects/" + vendingtest.Project + "/databases/" + t.Database
}

// intended are the kinds of the jobs that wait.
func (w world) intended(t *testing.T) []string {
	t.Helper()
	page, err := w.Queue.List(t.Context(), queue.Due, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, j := range page.Jobs {
		kinds = append(kinds, j.Kind)
	}
	return kinds
}

// A person to be added does not show their password.
func TestNewUserDoesNotShow(t *testing.T) {
	var buf bytes.Buffer
	n := people.NewUser{Email: "a@b", Password: "secret-password"}
	slog.New(slog.NewJSONHandler(&buf, nil)).Info("x", "user", n)
	fmt.Fprintf(&buf, "%v %+v %#v", n, n, n)
	if text := buf.String(); strings.Contains(text, "secret") {
		t.Errorf("a secret shows:\n%s", text)
	}
}
