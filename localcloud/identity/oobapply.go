package identity

import (
	"net/http"
	"slices"

	"go.etcd.io/bbolt"
)

// findOobCode returns the record of a code of one of the types, for the tenant that the call names,
// and its account as long as that still has the address the code went to. INVALID_OOB_CODE,
// EXPIRED_OOB_CODE.
func (s *Service) findOobCode(tx *bbolt.Tx, code, tenant string, types ...string) (oobCode, account, error) {
	invalid := bad("INVALID_OOB_CODE")
	record, ok, err := get[oobCode](tx, bucketOob, digest(code))
	switch {
	case err != nil:
		return record, account{}, err
	case !ok || record.Tenant != tenant || !slices.Contains(types, record.Type):
		return record, account{}, invalid
	case !s.now().Before(record.Expires):
		return record, account{}, bad("EXPIRED_OOB_CODE")
	}
	if record.LocalID == "" {
		return record, account{}, nil
	}
	a, err := getAccount(tx, record.Tenant, record.LocalID)
	if err == errNoUser || err == nil && a.Email != record.Email {
		return record, a, invalid
	}
	return record, a, err
}

// use makes a code useless.
func (s *Service) use(tx *bbolt.Tx, code string) error {
	return tx.Bucket(bucketOob).Delete(digest(code))
}

// prove marks the address as its owner's. What was set up before, by whoever had not proven it,
// ends there: a password or a provider of somebody who registered another's address must not
// outlive this, nor may the sessions.
func (s *Service) prove(a *account) {
	if !a.EmailVerified {
		a.Password, a.Links, a.EmailVerified = "", nil, true
		a.revoke(s.now())
	}
}

// resetPassword tells whom and what a code is for, and with newPassword uses it up. It also lifts
// the lock of too many attempts.
func (s *Service) resetPassword(r *http.Request) (any, error) {
	req, err := decode[struct {
		OobCode     string `json:"oobCode"`
		NewPassword string `json:"newPassword"`
		Email       string `json:"email"`
		OldPassword string `json:"oldPassword"` // the code is the proof
		TenantID    string `json:"tenantId"`
	}](r)
	switch {
	case err != nil:
		return nil, err
	case req.OobCode == "":
		return nil, bad("MISSING_OOB_CODE")
	}
	types := []string{passwordReset}
	var password account
	if req.NewPassword == "" {
		types = []string{passwordReset, verifyEmail, emailSignIn, changeEmail}
	} else if err := s.setPassword(r.Context(), &password, req.NewPassword); err != nil {
		return nil, err
	}
	var record oobCode
	err = s.db.Update(func(tx *bbolt.Tx) (err error) {
		var a account
		record, a, err = s.findOobCode(tx, req.OobCode, req.TenantID, types...)
		switch {
		case err != nil:
			return err
		case req.Email != "" && canonical(req.Email) != record.Email:
			return bad("INVALID_EMAIL")
		case req.NewPassword == "":
			return nil
		}
		a.Password, a.PasswordUpdated, a.EmailVerified = password.Password, password.PasswordUpdated, true
		a.revoke(s.now())
		if err := s.use(tx, req.OobCode); err != nil {
			return err
		}
		if err := succeeded(tx, digest(string(scoped(a.Tenant, a.Email)))); err != nil {
			return err
		}
		return putAccount(tx, a)
	})
	return struct {
		Kind        string `json:"kind"`
		Email       string `json:"email"`
		NewEmail    string `json:"newEmail,omitempty"`
		RequestType string `json:"requestType"`
	}{"identitytoolkit#ResetPasswordResponse", record.Email, record.NewEmail, record.Type}, err
}

// applyOobCode verifies an address, or changes it for one that was verified with the code. A change
// ends all sessions.
func (s *Service) applyOobCode(code, tenant string) (any, error) {
	var a account
	err := s.db.Update(func(tx *bbolt.Tx) error {
		var record oobCode
		var err error
		if record, a, err = s.findOobCode(tx, code, tenant, verifyEmail, changeEmail); err != nil {
			return err
		}
		a.EmailVerified = true
		if record.Type == changeEmail {
			a.Email = record.NewEmail
			a.revoke(s.now())
		}
		if err := s.use(tx, code); err != nil {
			return err
		}
		return putAccount(tx, a)
	})
	return struct {
		Kind string `json:"kind"`
		accountJSON
	}{"identitytoolkit#SetAccountInfoResponse", a.json()}, err
}

// signInWithEmailLink signs in whom a code was mailed to, making the account if there is none and
// the tenant lets people register themselves.
func (s *Service) signInWithEmailLink(r *http.Request) (any, error) {
	req, err := decode[struct {
		Email             string `json:"email"`
		OobCode           string `json:"oobCode"`
		TenantID          string `json:"tenantId"`
		ReturnSecureToken bool   `json:"returnSecureToken"` // tokens are returned always, as at Google
	}](r)
	switch {
	case err != nil:
		return nil, err
	case req.Email == "":
		return nil, bad("MISSING_EMAIL")
	case req.OobCode == "":
		return nil, bad("MISSING_OOB_CODE")
	}
	answer := struct {
		Kind      string `json:"kind"`
		LocalID   string `json:"localId"`
		Email     string `json:"email"`
		IsNewUser bool   `json:"isNewUser"`
		tokens
		challenge
	}{Kind: "identitytoolkit#EmailLinkSigninResponse"}
	var a account
	var b begun
	err = s.db.Update(func(tx *bbolt.Tx) error {
		t, err := getTenant(tx, req.TenantID)
		if err != nil {
			return err
		}
		var record oobCode
		if record, a, err = s.findOobCode(tx, req.OobCode, req.TenantID, emailSignIn); err != nil {
			return err
		}
		switch {
		case !t.EnableEmailLinkSignin:
			return bad("OPERATION_NOT_ALLOWED")
		case canonical(req.Email) != record.Email:
			return bad("INVALID_EMAIL : The email provided does not match the sign-in email address.")
		}
		if record.LocalID == "" { // there was no account; there may be one now
			if a, err = s.registered(tx, t, record); err != nil {
				return err
			}
		}
		answer.IsNewUser = a.LastLogin == 0
		s.prove(&a)
		if err := s.use(tx, req.OobCode); err != nil {
			return err
		}
		b, err = s.firstFactor(tx, t, &a, providerPass)
		return err
	})
	if err != nil {
		return nil, err
	}
	answer.LocalID, answer.Email = a.LocalID, a.Email
	answer.tokens, answer.challenge, err = s.answer(a, b)
	return answer, err
}

// registered is the account of the address that a code went to, made if need be.
func (s *Service) registered(tx *bbolt.Tx, t tenant, record oobCode) (account, error) {
	a, err := getByEmail(tx, record.Tenant, record.Email)
	if err != errNoUser {
		return a, err
	}
	if t.DisabledUserSignup {
		return a, bad("ADMIN_ONLY_OPERATION")
	}
	a = account{Tenant: record.Tenant, Email: record.Email, EmailVerified: true}
	return a, s.addAccount(tx, &a)
}
