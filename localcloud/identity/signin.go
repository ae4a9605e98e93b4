package identity

import (
	"net/http"

	"go.etcd.io/bbolt"
)

type passwordAnswer struct {
	Kind        string `json:"kind"`
	LocalID     string `json:"localId"`
	Email       string `json:"email"`
	DisplayName string `json:"displayName"`
	Registered  bool   `json:"registered,omitempty"`
	tokens
	challenge
}

// signInWithPassword answers INVALID_LOGIN_CREDENTIALS alike for a wrong password and an unknown
// address, after the same work.
func (s *Service) signInWithPassword(r *http.Request) (any, error) {
	req, err := decode[struct {
		Email             string `json:"email"`
		Password          string `json:"password"`
		TenantID          string `json:"tenantId"`
		ReturnSecureToken bool   `json:"returnSecureToken"`
		ClientType        string `json:"clientType"` // for reCAPTCHA, which is not enabled
	}](r)
	if err != nil {
		return nil, err
	}
	email, err := checkEmail(req.Email)
	switch {
	case err != nil:
		return nil, err
	case req.Password == "":
		return nil, bad("MISSING_PASSWORD")
	case len(req.Password) > maxPassword:
		return nil, errInvalidLogin
	case !req.ReturnSecureToken:
		return nil, unimplemented("sign-in without returnSecureToken")
	}
	key, unlock := s.attempts.guard(req.TenantID, email)
	defer unlock()

	var a account
	var t tenant
	err = s.db.View(func(tx *bbolt.Tx) error {
		if t, err = getTenant(tx, req.TenantID); err != nil {
			return err
		}
		if !t.AllowPasswordSignup {
			return bad("PASSWORD_LOGIN_DISABLED")
		}
		if full, err := locked(tx, key, s.now()); err != nil || full {
			return either(err, errLockedOut)
		}
		if a, err = getByEmail(tx, req.TenantID, email); err == errNoUser {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	ok, stale, err := s.passwords.verify(r.Context(), a.Password, req.Password)
	if err != nil {
		return nil, err
	}
	if !ok {
		err := s.db.Update(func(tx *bbolt.Tx) error { return failed(tx, key, s.now()) })
		return nil, either(err, errInvalidLogin)
	}
	fresh := a.Password
	if stale {
		if fresh, err = s.passwords.hash(r.Context(), req.Password); err != nil {
			return nil, err
		}
	}
	answer := passwordAnswer{Kind: "identitytoolkit#VerifyPasswordResponse", Registered: true}
	var b begun
	err = s.db.Update(func(tx *bbolt.Tx) error {
		now, err := getAccount(tx, a.Tenant, a.LocalID)
		if err != nil || now.Password != a.Password { // deleted or changed while the password was being checked
			return either(err, errInvalidLogin)
		}
		a, a.Password = now, fresh
		if err := succeeded(tx, key); err != nil {
			return err
		}
		b, err = s.firstFactor(tx, t, &a, providerPass)
		return err
	})
	if err != nil {
		return nil, err
	}
	answer.LocalID, answer.Email, answer.DisplayName = a.LocalID, a.Email, a.DisplayName
	answer.tokens, answer.challenge, err = s.answer(a, b)
	return answer, err
}

// signUp lets people register themselves, where the tenant allows it.
func (s *Service) signUp(r *http.Request) (any, error) {
	req, err := decode[struct {
		Email             string `json:"email"`
		Password          string `json:"password"`
		DisplayName       string `json:"displayName"`
		TenantID          string `json:"tenantId"`
		ReturnSecureToken bool   `json:"returnSecureToken"`
		ClientType        string `json:"clientType"`
	}](r)
	if err != nil {
		return nil, err
	}
	var t tenant
	if err := s.db.View(func(tx *bbolt.Tx) (err error) { t, err = getTenant(tx, req.TenantID); return err }); err != nil {
		return nil, err
	}
	switch {
	case t.DisabledUserSignup:
		return nil, bad("ADMIN_ONLY_OPERATION")
	case req.Email == "" && req.Password == "":
		if t.EnableAnonymousUser {
			return nil, unimplemented("anonymous accounts")
		}
		return nil, bad("ADMIN_ONLY_OPERATION")
	case !t.AllowPasswordSignup:
		return nil, bad("OPERATION_NOT_ALLOWED")
	case req.Email == "":
		return nil, bad("MISSING_EMAIL")
	case req.Password == "":
		return nil, bad("MISSING_PASSWORD")
	case !req.ReturnSecureToken:
		return nil, unimplemented("registration without returnSecureToken")
	}
	a := account{Tenant: req.TenantID, DisplayName: req.DisplayName}
	if a.Email, err = checkEmail(req.Email); err != nil {
		return nil, err
	}
	if err := s.setPassword(r.Context(), &a, req.Password); err != nil {
		return nil, err
	}
	answer := passwordAnswer{Kind: "identitytoolkit#SignupNewUserResponse"}
	var ss session
	err = s.db.Update(func(tx *bbolt.Tx) (err error) {
		if err := s.addAccount(tx, &a); err != nil {
			return err
		}
		ss, answer.RefreshToken, err = s.signIn(tx, &a, providerPass, "")
		return err
	})
	if err != nil {
		return nil, err
	}
	answer.LocalID, answer.Email, answer.DisplayName, answer.ExpiresIn = a.LocalID, a.Email, a.DisplayName, expiresIn
	answer.IDToken, err = s.first(a, ss)
	return answer, err
}

// either is err, or otherwise when there is none.
func either(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
