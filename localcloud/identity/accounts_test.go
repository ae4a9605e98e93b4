package identity_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"firebase.google.com/go/v4/auth"
	"firebase.google.com/go/v4/errorutils"
	"google.golang.org/api/iterator"
)

func TestAccountsWithGooglesClient(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	tc := w.tenant(w.client(w.ownerKey), "acme")

	made, err := tc.CreateUser(ctx, new(auth.UserToCreate).Email("Ann@Acme.example").Password("correct horse").DisplayName("Ann"))
	if err != nil {
		t.Fatal(err)
	}
	if len(made.UID) != 28 || made.Email != "ann@acme.example" || made.TenantID != tc.TenantID() || made.UserMetadata.CreationTimestamp == 0 {
		t.Errorf("made: %+v %+v", made.UserInfo, made)
	}
	w.restart()
	for name, get := range map[string]func() (*auth.UserRecord, error){
		"by id":      func() (*auth.UserRecord, error) { return tc.GetUser(ctx, made.UID) },
		"by address": func() (*auth.UserRecord, error) { return tc.GetUserByEmail(ctx, "ANN@acme.example") },
	} {
		if got, err := get(); err != nil || got.UID != made.UID {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if err := tc.SetCustomUserClaims(ctx, made.UID, map[string]any{"rl": "admin", "rg": 1}); err != nil {
		t.Fatal(err)
	}
	got, err := tc.UpdateUser(ctx, made.UID, new(auth.UserToUpdate).Disabled(true).DisplayName("").Email("ann2@acme.example"))
	if err != nil {
		t.Fatal(err)
	}
	if !got.Disabled || got.DisplayName != "" || got.Email != "ann2@acme.example" || got.CustomClaims["rl"] != "admin" {
		t.Errorf("updated: %+v %+v", got.UserInfo, got)
	}
	if _, err := tc.GetUserByEmail(ctx, "ann@acme.example"); !auth.IsUserNotFound(err) {
		t.Errorf("the old address: %v", err)
	}
	if err := tc.DeleteUser(ctx, made.UID); err != nil {
		t.Fatal(err)
	}
	if _, err := tc.GetUser(ctx, made.UID); !auth.IsUserNotFound(err) {
		t.Errorf("deleted: %v", err)
	}
	w.user(tc, "ann3", "ann2@acme.example", "correct horse") // both addresses are free again
	w.user(tc, "ann4", "ann@acme.example", "correct horse")
}

func TestAccountsOfOneTenantAreNotAnothers(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c := w.client(w.ownerKey)
	acme, globex := w.tenant(c, "acme"), w.tenant(c, "globex")
	w.user(acme, "u1", "ann@example.com", "password of acme")
	w.user(globex, "u1", "ann@example.com", "password of globex") // same id, same address
	w.user(globex, "u2", "bob@example.com", "password of globex")

	if _, err := acme.GetUser(ctx, "u2"); !auth.IsUserNotFound(err) {
		t.Errorf("globex's user in acme: %v", err)
	}
	if err := acme.DeleteUser(ctx, "u2"); !auth.IsUserNotFound(err) {
		t.Errorf("delete globex's user in acme: %v", err)
	}
	if err := acme.DeleteUser(ctx, "u1"); err != nil {
		t.Fatal(err)
	}
	if _, err := globex.GetUser(ctx, "u1"); err != nil {
		t.Errorf("globex's twin after acme's was deleted: %v", err)
	}
	if _, err := c.GetUser(ctx, "u1"); !auth.IsUserNotFound(err) {
		t.Errorf("a tenant's user in the project: %v", err)
	}
	w.signIn(globex.TenantID(), "ann@example.com", "password of globex")
}

func TestAccountRefusals(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	tc := w.tenant(w.client(w.ownerKey), "acme")
	w.user(tc, "ann", "ann@example.com", "correct horse")

	_, err := tc.CreateUser(ctx, new(auth.UserToCreate).UID("ann"))
	if !auth.IsUIDAlreadyExists(err) {
		t.Errorf("a taken id: %v", err)
	}
	_, err = tc.CreateUser(ctx, new(auth.UserToCreate).Email("ANN@example.com"))
	if !auth.IsEmailAlreadyExists(err) {
		t.Errorf("a taken address: %v", err)
	}
	viewer, err := w.client(w.account("viewer", "roles/firebaseauth.viewer")).TenantManager.AuthForTenant(tc.TenantID())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := viewer.GetUser(ctx, "ann"); err != nil {
		t.Errorf("a viewer reads: %v", err)
	}
	if err := viewer.SetCustomUserClaims(ctx, "ann", nil); !errorutils.IsPermissionDenied(err) {
		t.Errorf("a viewer writes: %v", err)
	}

	// What the client library itself would refuse, so that the service must.
	bearer := w.bearer(w.ownerKey)
	path := "/v1/projects/" + project + "/tenants/" + tc.TenantID() + "/accounts:update"
	for name, tt := range map[string]struct{ attributes, want string }{
		"reserved":  {`{"firebase":{}}`, "FORBIDDEN_CLAIM"},
		"too large": {`{"x":"` + strings.Repeat("a", 1000) + `"}`, "CLAIMS_TOO_LARGE"},
		"no object": {`[1]`, "INVALID_CLAIMS"},
		"no JSON":   {`{`, "INVALID_CLAIMS"},
		"null":      {`null`, "INVALID_CLAIMS"},
	} {
		code, v := w.do("POST", path, "application/json", mustJSON(t, object{"localId": "ann", "customAttributes": tt.attributes}), bearer)
		if code != 400 || message(v) != tt.want {
			t.Errorf("custom attributes, %s: %d %v, want %s", name, code, v, tt.want)
		}
	}
	code, v := w.do("POST", path, "application/json", mustJSON(t, object{"localId": "ann", "tenantId": "other-00000", "displayName": "x"}), bearer)
	if code != 400 || message(v) != "TENANT_ID_MISMATCH" {
		t.Errorf("another tenant in the body: %d %v", code, v)
	}
}

func TestListAndQuery(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c := w.client(w.ownerKey)
	tc := w.tenant(c, "acme")
	w.user(w.tenant(c, "globex"), "stranger", "stranger@example.com", "password")
	want := []string{"a", "b", "c"}
	for _, uid := range want {
		w.user(tc, uid, uid+"@example.com", "password")
	}
	it := tc.Users(ctx, "")
	it.PageInfo().MaxSize = 2
	var got []string
	for {
		u, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, u.UID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v", got)
	}
	found, err := tc.QueryUsers(ctx, &auth.QueryUsersRequest{SortBy: auth.UserEmail, Order: auth.Desc, Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	if found.Count != 3 || len(found.Users) != 2 || found.Users[0].UID != "c" {
		t.Errorf("query: %d of %d", len(found.Users), found.Count)
	}
	found, err = tc.QueryUsers(ctx, &auth.QueryUsersRequest{Expression: []*auth.Expression{{Email: "B@example.com"}}})
	if err != nil || found.Count != 1 || found.Users[0].UID != "b" {
		t.Errorf("query by address: %+v, %v", found, err)
	}
	result, err := tc.DeleteUsers(ctx, []string{"a", "b", "nobody", "stranger"})
	if err != nil || result.SuccessCount != 4 {
		t.Errorf("delete many: %+v, %v", result, err)
	}
	if found, err = tc.QueryUsers(ctx, &auth.QueryUsersRequest{}); err != nil || found.Count != 1 {
		t.Errorf("left: %+v, %v", found, err)
	}
}

// Google's JSON takes an int64 as a string or a number, and ignores what it does not know in a
// URL's query.
func TestJSONAsGoogleTakesIt(t *testing.T) {
	w := newWorld(t)
	tc := w.tenant(w.client(w.ownerKey), "acme")
	for _, uid := range []string{"ann", "bob", "eve"} {
		w.user(tc, uid, uid+"@example.com", "correct horse")
	}
	path := "/v1/projects/" + project + "/tenants/" + tc.TenantID() + "/accounts:query"
	for name, tt := range map[string]struct{ path, body string }{
		"a string":             {path, `{"returnUserInfo": true, "limit": "2"}`},
		"a number":             {path, `{"returnUserInfo": true, "limit": 2}`},
		"unknown in the query": {path + "?prettyPrint=false&$alt=json&nothing=like+it", `{"returnUserInfo": true, "limit": 2}`},
	} {
		code, v := w.do("POST", tt.path, "application/json", []byte(tt.body), w.bearer(w.ownerKey))
		if users, _ := v["userInfo"].([]any); code != 200 || len(users) != 2 {
			t.Errorf("%s: %d %v, want two users", name, code, v)
		}
	}
}
