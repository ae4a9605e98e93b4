package identity_test

import (
	"fmt"
	"testing"
	"time"

	"firebase.google.com/go/v4/auth"
	"github.com/pquerna/otp/totp"
)

// withTOTP makes a tenant whose users may have a TOTP, and a user of it.
func (w *world) withTOTP(c *auth.Client, name string) *auth.TenantClient {
	w.t.Helper()
	tc := w.tenant(c, name)
	_, err := c.TenantManager.UpdateTenant(w.t.Context(), tc.TenantID(), new(auth.TenantToUpdate).MultiFactorConfig(auth.MultiFactorConfig{
		ProviderConfigs: []*auth.ProviderConfig{{State: auth.Enabled, TOTPProviderConfig: &auth.TOTPProviderConfig{AdjacentIntervals: 1}}},
	}))
	if err != nil {
		w.t.Fatal(err)
	}
	w.user(tc, "ann", "ann@example.com", "correct horse")
	return tc
}

// code is what an authenticator shows, off by the given time.
func (w *world) code(secret string, off time.Duration) string {
	w.t.Helper()
	code, err := totp.GenerateCode(secret, w.now().Add(off))
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

// enroll gives ann a TOTP, and returns its secret and its id.
func (w *world) enroll(tenant string) (secret, id string) {
	w.t.Helper()
	token := w.signIn(tenant, "ann@example.com", "correct horse")["idToken"]
	code, v := w.post("/v2/accounts/mfaEnrollment:start", object{"idToken": token, "tenantId": tenant, "totpEnrollmentInfo": object{}})
	if code != 200 {
		w.t.Fatalf("start: %d %v", code, v)
	}
	info := v["totpSessionInfo"].(object)
	secret = info["sharedSecretKey"].(string)
	code, v = w.post("/v2/accounts/mfaEnrollment:finalize", object{
		"idToken": token, "tenantId": tenant, "displayName": "telephone",
		"totpVerificationInfo": object{"sessionInfo": info["sessionInfo"], "verificationCode": w.code(secret, 0)},
	})
	if code != 200 {
		w.t.Fatalf("finalize: %d %v", code, v)
	}
	firebase := payload(w.t, v["idToken"])["firebase"].(object)
	if firebase["sign_in_second_factor"] != "totp" {
		w.t.Errorf("after the enrolment: %v", firebase)
	}
	return secret, firebase["second_factor_identifier"].(string)
}

// pending gives ann's first factor.
func (w *world) pending(tenant string) any {
	w.t.Helper()
	v := w.signIn(tenant, "ann@example.com", "correct horse")
	if v["idToken"] != nil || v["refreshToken"] != nil || v["mfaPendingCredential"] == nil {
		w.t.Fatalf("a password alone: %v", v)
	}
	return v["mfaPendingCredential"]
}

func (w *world) second(tenant string, pending any, id, code string) (int, object) {
	w.t.Helper()
	return w.post("/v2/accounts/mfaSignIn:finalize", object{
		"mfaPendingCredential": pending, "mfaEnrollmentId": id, "tenantId": tenant, "totpVerificationInfo": object{"verificationCode": code},
	})
}

func TestTOTP(t *testing.T) {
	w := newWorld(t)
	tc := w.withTOTP(w.client(w.ownerKey), "acme")
	acme := tc.TenantID()
	secret, id := w.enroll(acme)
	w.restart()

	pending := w.pending(acme)
	if code, v := w.second(acme, pending, id, w.code(secret, 0)); message(v) != "INVALID_CODE" {
		t.Errorf("the code of the enrolment again: %d %v", code, v)
	}
	w.advance(time.Minute)
	now := w.code(secret, 0)
	code, v := w.second(acme, pending, id, now)
	if code != 200 {
		t.Fatalf("a good code: %d %v", code, v)
	}
	if err := w.verifyWithCertificates(v["idToken"].(string)); err != nil {
		t.Error(err)
	}
	firebase := payload(t, v["idToken"])["firebase"].(object)
	if firebase["sign_in_provider"] != "password" || firebase["sign_in_second_factor"] != "totp" || firebase["second_factor_identifier"] != id {
		t.Errorf("the session's token: %v", firebase)
	}
	if code, again := w.second(acme, pending, id, w.code(secret, 30*time.Second)); message(again) != "INVALID_MFA_PENDING_CREDENTIAL" {
		t.Errorf("the pending credential again: %d %v", code, again)
	}
	for name, code := range map[string]string{
		"replayed": now, "older than the last": w.code(secret, -30*time.Second), "of two intervals ago": w.code(secret, -time.Minute),
		"of two intervals on": w.code(secret, time.Minute), "wrong": "000000x", "of another length": now[:5],
	} {
		if status, v := w.second(acme, w.pending(acme), id, code); message(v) != "INVALID_CODE" {
			t.Errorf("a code %s: %d %v", name, status, v)
		}
	}
	_, refreshed := w.refresh(v["refreshToken"])
	if firebase := payload(t, refreshed["id_token"])["firebase"].(object); firebase["sign_in_second_factor"] != "totp" {
		t.Errorf("refreshed: %v", firebase)
	}

	code, v = w.post("/v2/accounts/mfaEnrollment:withdraw", object{"idToken": refreshed["id_token"], "mfaEnrollmentId": id})
	if code != 200 {
		t.Fatalf("withdraw: %d %v", code, v)
	}
	if code, v := w.refresh(refreshed["refresh_token"]); message(v) != "TOKEN_EXPIRED" {
		t.Errorf("a session of before: %d %v", code, v)
	}
	if v := w.signIn(acme, "ann@example.com", "correct horse"); v["idToken"] == nil {
		t.Errorf("a password, with no second factor left: %v", v)
	}
}

func TestSecondFactorRefusals(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.ownerKey)
	acme, globex := w.withTOTP(c, "acme").TenantID(), w.withTOTP(c, "globex").TenantID()
	secret, id := w.enroll(acme)
	_, theirs := w.enroll(globex)
	w.advance(time.Minute)

	pending := w.pending(acme)
	for name, tt := range map[string]struct {
		tenant  string
		pending any
		id      string
		want    string
	}{
		"another tenant's call":     {globex, pending, id, "INVALID_MFA_PENDING_CREDENTIAL"},
		"no tenant":                 {"", pending, id, "INVALID_MFA_PENDING_CREDENTIAL"},
		"another tenant's factor":   {acme, pending, theirs, "MFA_ENROLLMENT_NOT_FOUND"},
		"an invented sign-in":       {acme, "x", id, "INVALID_MFA_PENDING_CREDENTIAL"},
		"no factor":                 {acme, pending, "", "MISSING_MFA_ENROLLMENT_ID"},
		"no sign-in":                {acme, "", id, "MISSING_MFA_PENDING_CREDENTIAL"},
		"another tenant's sign-in":  {acme, w.pending(globex), id, "INVALID_MFA_PENDING_CREDENTIAL"},
		"another's, in its own one": {globex, w.pending(globex), id, "MFA_ENROLLMENT_NOT_FOUND"},
	} {
		if code, v := w.second(tt.tenant, tt.pending, tt.id, w.code(secret, 0)); message(v) != tt.want {
			t.Errorf("%s: %d %v, want %s", name, code, v, tt.want)
		}
	}
	w.advance(6 * time.Minute)
	if code, v := w.second(acme, pending, id, w.code(secret, 0)); message(v) != "SESSION_EXPIRED" {
		t.Errorf("six minutes later: %d %v", code, v)
	}
	pending = w.pending(acme)
	tc, err := c.TenantManager.AuthForTenant(acme)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tc.UpdateUser(t.Context(), "ann", new(auth.UserToUpdate).Password("correct horse")); err != nil {
		t.Fatal(err)
	}
	if code, v := w.second(acme, pending, id, w.code(secret, 0)); message(v) != "INVALID_MFA_PENDING_CREDENTIAL" {
		t.Errorf("after the password was set anew: %d %v", code, v)
	}
	pending = w.pending(acme)
	if _, err := tc.UpdateUser(t.Context(), "ann", new(auth.UserToUpdate).Disabled(true)); err != nil {
		t.Fatal(err)
	}
	if code, _ := w.second(acme, pending, id, w.code(secret, 0)); code != 400 {
		t.Errorf("a disabled user: %d", code)
	}
}

func TestWrongCodesLock(t *testing.T) {
	w := newWorld(t)
	acme := w.withTOTP(w.client(w.ownerKey), "acme").TenantID()
	secret, id := w.enroll(acme)
	w.advance(time.Minute)
	pending := w.pending(acme)
	for i := range 10 {
		if _, v := w.second(acme, pending, id, fmt.Sprintf("x%05d", i)); message(v) != "INVALID_CODE" {
			t.Fatalf("attempt %d: %v", i, v)
		}
	}
	w.restart()
	if code, v := w.second(acme, w.pending(acme), id, w.code(secret, 0)); message(v) != "TOO_MANY_ATTEMPTS_TRY_LATER" {
		t.Errorf("the right code after ten wrong ones, and a new sign-in: %d %v", code, v)
	}
	w.advance(5 * time.Minute)
	if code, v := w.second(acme, w.pending(acme), id, w.code(secret, 0)); code != 200 {
		t.Errorf("five minutes later: %d %v", code, v)
	}
}

func TestEnrollmentRefusals(t *testing.T) {
	w := newWorld(t)
	c := w.client(w.ownerKey)
	acme := w.withTOTP(c, "acme")
	plain := w.tenant(c, "plain")
	w.user(plain, "ann", "ann@example.com", "correct horse")
	start := func(tenant string, token any) (int, object) {
		return w.post("/v2/accounts/mfaEnrollment:start", object{"idToken": token, "tenantId": tenant, "totpEnrollmentInfo": object{}})
	}
	token := w.signIn(acme.TenantID(), "ann@example.com", "correct horse")["idToken"]
	if code, v := start(plain.TenantID(), token); message(v) != "TENANT_ID_MISMATCH" {
		t.Errorf("in another tenant: %d %v", code, v)
	}
	if code, v := start(plain.TenantID(), w.signIn(plain.TenantID(), "ann@example.com", "correct horse")["idToken"]); message(v) != "OPERATION_NOT_ALLOWED" {
		t.Errorf("where there is no TOTP: %d %v", code, v)
	}
	custom, err := acme.CustomToken(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	_, v := w.withCustom(acme.TenantID(), custom)
	if code, v := start(acme.TenantID(), v["idToken"]); message(v) != "UNSUPPORTED_FIRST_FACTOR" {
		t.Errorf("after a custom token: %d %v", code, v)
	}
	if _, err := acme.UpdateUser(t.Context(), "ann", new(auth.UserToUpdate).EmailVerified(false)); err != nil {
		t.Fatal(err)
	}
	if code, v := start(acme.TenantID(), token); message(v) != "UNVERIFIED_EMAIL" {
		t.Errorf("with an unverified address: %d %v", code, v)
	}
	if _, err := acme.UpdateUser(t.Context(), "ann", new(auth.UserToUpdate).EmailVerified(true)); err != nil {
		t.Fatal(err)
	}

	_, v = start(acme.TenantID(), token)
	info := v["totpSessionInfo"].(object)
	finalize := func(session any, code string) object {
		_, v := w.post("/v2/accounts/mfaEnrollment:finalize", object{
			"idToken": token, "tenantId": acme.TenantID(), "totpVerificationInfo": object{"sessionInfo": session, "verificationCode": code},
		})
		return v
	}
	secret := info["sharedSecretKey"].(string)
	w.user(acme, "bob", "bob@example.com", "correct horse")
	_, v = start(acme.TenantID(), w.signIn(acme.TenantID(), "bob@example.com", "correct horse")["idToken"])
	bobs := v["totpSessionInfo"].(object)
	if v := finalize(bobs["sessionInfo"], w.code(bobs["sharedSecretKey"].(string), 0)); message(v) != "INVALID_SESSION_INFO" {
		t.Errorf("bob's enrolment, by ann: %v", v)
	}
	if v := finalize("x", w.code(secret, 0)); message(v) != "INVALID_SESSION_INFO" {
		t.Errorf("an invented session: %v", v)
	}
	if v := finalize(info["sessionInfo"], w.code(secret, 10*time.Minute)); message(v) != "INVALID_CODE" {
		t.Errorf("a code of ten minutes on: %v", v)
	}
	w.advance(4 * time.Minute)
	if code, v := start(acme.TenantID(), token); code != 200 {
		t.Errorf("four minutes after the sign-in: %d %v", code, v)
	}
	w.advance(2 * time.Minute)
	if code, v := start(acme.TenantID(), token); message(v) != "CREDENTIAL_TOO_OLD_LOGIN_AGAIN" {
		t.Errorf("six minutes after the sign-in: %d %v", code, v)
	}
	token = w.signIn(acme.TenantID(), "ann@example.com", "correct horse")["idToken"]
	if v := finalize(info["sessionInfo"], w.code(secret, 0)); message(v) != "SESSION_EXPIRED" {
		t.Errorf("a session of six minutes ago: %v", v)
	}
}
