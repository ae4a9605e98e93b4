package identity_test

import (
	"net/url"
	"strconv"
	"testing"
	"time"

	"firebase.google.com/go/v4/auth"
	"github.com/google/go-cmp/cmp"
)

func TestRefresh(t *testing.T) {
	w := newWorld(t)
	tc := w.tenant(w.client(w.ownerKey), "acme")
	w.user(tc, "ann", "ann@example.com", "correct horse")
	first := w.signIn(tc.TenantID(), "ann@example.com", "correct horse")
	w.advance(30 * time.Minute)
	w.restart()

	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first["refreshToken"].(string)}}
	code, v := w.do("POST", "/v1/token?key="+w.identity.APIKey(), "application/x-www-form-urlencoded", []byte(form.Encode()), "")
	if code != 200 {
		t.Fatalf("refresh by form: %d %v", code, v)
	}
	if v["expires_in"] != "3600" || v["token_type"] != "Bearer" || v["user_id"] != "ann" || v["refresh_token"] != first["refreshToken"] ||
		v["access_token"] != v["id_token"] || v["project_id"] == "" {
		t.Errorf("answer: %v", v)
	}
	was, is := payload(t, first["idToken"]), payload(t, v["id_token"])
	if is["auth_time"] != was["auth_time"] || is["iat"].(float64) < was["iat"].(float64)+1800 {
		t.Errorf("times: %v, then %v", was, is)
	}
	if code, v = w.refresh(first["refreshToken"]); code != 200 {
		t.Errorf("refresh by JSON: %d %v", code, v)
	}
	for name, tt := range map[string]struct {
		body object
		want string
	}{
		"unknown":    {object{"grant_type": "refresh_token", "refresh_token": "x"}, "INVALID_REFRESH_TOKEN"},
		"an ID":      {object{"grant_type": "refresh_token", "refresh_token": first["idToken"]}, "INVALID_REFRESH_TOKEN"},
		"none":       {object{"grant_type": "refresh_token"}, "MISSING_REFRESH_TOKEN"},
		"no grant":   {object{"refresh_token": "x"}, "MISSING_GRANT_TYPE"},
		"other form": {object{"grant_type": "password", "refresh_token": "x"}, "INVALID_GRANT_TYPE"},
	} {
		code, v := w.post("/v1/token", tt.body)
		if code != 400 || message(v) != tt.want || v["error"].(object)["status"] != "INVALID_ARGUMENT" {
			t.Errorf("%s: %d %v, want %s", name, code, v, tt.want)
		}
	}
}

// Each of these ends the sessions begun before it, even within the same second.
func TestSessionsEnd(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	tc := w.tenant(w.client(w.ownerKey), "acme")
	for name, tt := range map[string]struct {
		end         func(uid string) error
		want, after string // at once, and once the account is enabled again
	}{
		"password": {func(uid string) error {
			_, err := tc.UpdateUser(ctx, uid, new(auth.UserToUpdate).Password("another horse"))
			return err
		}, "TOKEN_EXPIRED", "TOKEN_EXPIRED"},
		"address": {func(uid string) error {
			_, err := tc.UpdateUser(ctx, uid, new(auth.UserToUpdate).Email("new-"+uid+"@example.com"))
			return err
		}, "TOKEN_EXPIRED", "TOKEN_EXPIRED"},
		"disabled": {func(uid string) error {
			_, err := tc.UpdateUser(ctx, uid, new(auth.UserToUpdate).Disabled(true))
			return err
		}, "USER_DISABLED", "TOKEN_EXPIRED"},
		"revoked": {func(uid string) error { return tc.RevokeRefreshTokens(ctx, uid) }, "TOKEN_EXPIRED", "TOKEN_EXPIRED"},
		"deleted": {func(uid string) error { return tc.DeleteUser(ctx, uid) }, "USER_NOT_FOUND", "USER_NOT_FOUND"},
	} {
		t.Run(name, func(t *testing.T) {
			email := name + "@example.com"
			w.user(tc, name, email, "correct horse")
			v := w.signIn(tc.TenantID(), email, "correct horse")
			if err := tt.end(name); err != nil {
				t.Fatal(err)
			}
			if code, got := w.refresh(v["refreshToken"]); code != 400 || message(got) != tt.want {
				t.Errorf("refresh: %d %v, want %s", code, got, tt.want)
			}
			_, _ = tc.UpdateUser(ctx, name, new(auth.UserToUpdate).Disabled(false))
			if code, got := w.refresh(v["refreshToken"]); code != 400 || message(got) != tt.after {
				t.Errorf("refresh later: %d %v, want %s", code, got, tt.after)
			}
		})
	}
	w.user(tc, "same-second", "same-second@example.com", "correct horse")
	if err := tc.RevokeRefreshTokens(ctx, "same-second"); err != nil {
		t.Fatal(err)
	}
	v := w.signIn(tc.TenantID(), "same-second@example.com", "correct horse")
	if code, got := w.refresh(v["refreshToken"]); code != 200 {
		t.Errorf("a session begun after the revocation: %d %v", code, got)
	}

	// A time that lies back ends what began before it, and nothing else.
	path := "/v1/projects/" + project + "/tenants/" + tc.TenantID() + "/accounts:update"
	w.advance(10 * time.Minute)
	later := w.signIn(tc.TenantID(), "same-second@example.com", "correct horse")
	between := strconv.FormatInt(w.now().Add(-5*time.Minute).Unix(), 10)
	if code, got := w.do("POST", path, "application/json", mustJSON(t, object{"localId": "same-second", "validSince": between}), w.bearer(w.ownerKey)); code != 200 {
		t.Fatalf("validSince: %d %v", code, got)
	}
	if code, got := w.refresh(v["refreshToken"]); message(got) != "TOKEN_EXPIRED" {
		t.Errorf("the session from before: %d %v", code, got)
	}
	if code, got := w.refresh(later["refreshToken"]); code != 200 {
		t.Errorf("the session from after: %d %v", code, got)
	}
}

func TestOwnAccount(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.ownerKey)
	tc, other := w.tenant(c, "acme"), w.tenant(c, "globex")
	w.user(tc, "ann", "ann@example.com", "correct horse")
	v := w.signIn(tc.TenantID(), "ann@example.com", "correct horse")

	code, got := w.post("/v1/accounts:lookup", object{"idToken": v["idToken"], "tenantId": other.TenantID()})
	if message(got) != "TENANT_ID_MISMATCH" {
		t.Errorf("looked up in another tenant: %d %v", code, got)
	}
	if code, got = w.post("/v1/accounts:update", object{"idToken": v["idToken"], "customAttributes": `{"rl":"admin"}`}); message(got) != "INSUFFICIENT_PERMISSION" {
		t.Errorf("raise oneself: %d %v", code, got)
	}
	if code, got = w.post("/v1/accounts:update", object{"idToken": v["idToken"], "email": "x@example.com"}); message(got) != "OPERATION_NOT_ALLOWED" {
		t.Errorf("change the address: %d %v", code, got)
	}
	code, got = w.post("/v1/accounts:update", object{"idToken": v["idToken"], "password": "another horse", "returnSecureToken": true})
	if code != 200 {
		t.Fatalf("change the password: %d %v", code, got)
	}
	if code, got := w.refresh(v["refreshToken"]); message(got) != "TOKEN_EXPIRED" {
		t.Errorf("the old session: %d %v", code, got)
	}
	if code, got := w.refresh(got["refreshToken"]); code != 200 {
		t.Errorf("the new session: %d %v", code, got)
	}
	fresh := w.signIn(tc.TenantID(), "ann@example.com", "another horse")
	w.advance(10 * time.Minute)
	for _, path := range []string{"/v1/accounts:update", "/v1/accounts:delete"} {
		body := object{"idToken": fresh["idToken"]}
		if path == "/v1/accounts:update" {
			body["password"] = "a third horse"
		}
		if code, got := w.post(path, body); message(got) != "CREDENTIAL_TOO_OLD_LOGIN_AGAIN" {
			t.Errorf("%s ten minutes on: %d %v", path, code, got)
		}
	}
	w.advance(time.Hour)
	if code, got := w.post("/v1/accounts:lookup", object{"idToken": fresh["idToken"]}); message(got) != "TOKEN_EXPIRED" {
		t.Errorf("an expired token: %d %v", code, got)
	}
	fresh = w.signIn(tc.TenantID(), "ann@example.com", "another horse")
	disable := func(yes bool) {
		t.Helper()
		if _, err := tc.UpdateUser(t.Context(), "ann", new(auth.UserToUpdate).Disabled(yes)); err != nil {
			t.Fatal(err)
		}
	}
	disable(true)
	if code, got := w.post("/v1/accounts:lookup", object{"idToken": fresh["idToken"]}); message(got) != "USER_DISABLED" {
		t.Errorf("while disabled: %d %v", code, got)
	}
	disable(false)
	w.advance(2 * time.Second)
	if _, err := tc.UpdateUser(t.Context(), "ann", new(auth.UserToUpdate).Password("another horse")); err != nil {
		t.Fatal(err)
	}
	if code, got := w.post("/v1/accounts:lookup", object{"idToken": fresh["idToken"]}); message(got) != "TOKEN_EXPIRED" {
		t.Errorf("after a revocation: %d %v", code, got)
	}
	fresh = w.signIn(tc.TenantID(), "ann@example.com", "another horse")
	if code, got := w.post("/v1/accounts:delete", object{"idToken": fresh["idToken"]}); code != 200 {
		t.Errorf("delete oneself: %d %v", code, got)
	}
	if code, got := w.post("/v1/accounts:lookup", object{"idToken": fresh["idToken"]}); message(got) != "USER_NOT_FOUND" {
		t.Errorf("afterwards: %d %v", code, got)
	}
}

func TestPasswordReset(t *testing.T) {
	w := newWorld(t)
	tc := w.tenant(w.client(w.ownerKey), "acme")
	w.user(tc, "ann", "ann@example.com", "correct horse")
	ask := func(email string) object {
		_, v := w.post("/v1/accounts:sendOobCode", object{"requestType": "PASSWORD_RESET", "email": email, "tenantId": tc.TenantID()})
		return v
	}
	known, unknown := ask("ann@example.com"), ask("nobody@example.com")
	known["email"], unknown["email"] = "", ""
	if diff := cmp.Diff(known, unknown); diff != "" {
		t.Errorf("known and unknown can be told apart:\n%s", diff)
	}
	w.restart()
	box, err := w.identity.Mailbox(10)
	if err != nil || len(box) != 1 || box[0].To != "ann@example.com" {
		t.Fatalf("mailbox: %+v, %v", box, err)
	}
	reset := object{"oobCode": box[0].Code, "newPassword": "another horse"}
	if code, v := w.post("/v1/accounts:resetPassword", reset); message(v) != "INVALID_OOB_CODE" {
		t.Errorf("in no tenant: %d %v", code, v)
	}
	reset["tenantId"] = tc.TenantID()
	for range 12 { // locked: a reset is the way out
		w.post("/v1/accounts:signInWithPassword", object{"email": "ann@example.com", "password": "wrong horse", "tenantId": tc.TenantID(), "returnSecureToken": true})
	}
	if code, v := w.post("/v1/accounts:resetPassword", reset); code != 200 || v["email"] != "ann@example.com" {
		t.Fatalf("reset: %d %v", code, v)
	}
	if code, v := w.post("/v1/accounts:resetPassword", reset); message(v) != "INVALID_OOB_CODE" {
		t.Errorf("again: %d %v", code, v)
	}
	w.signIn(tc.TenantID(), "ann@example.com", "another horse")

	if code, v := w.post("/v1/accounts:sendOobCode", object{
		"requestType": "PASSWORD_RESET", "email": "ann@example.com", "tenantId": tc.TenantID(), "returnOobLink": true,
	}); message(v) != "INSUFFICIENT_PERMISSION" {
		t.Errorf("the link itself, without a credential: %d %v", code, v)
	}
	link, err := tc.PasswordResetLink(t.Context(), "ann@example.com")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	w.advance(2 * time.Hour)
	reset["oobCode"] = u.Query().Get("oobCode")
	if code, v := w.post("/v1/accounts:resetPassword", reset); message(v) != "EXPIRED_OOB_CODE" {
		t.Errorf("two hours on: %d %v", code, v)
	}
}
