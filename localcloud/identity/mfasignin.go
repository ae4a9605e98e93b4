package identity

import (
	"net/http"

	"go.etcd.io/bbolt"
)

var errTooManyCodes = bad("TOO_MANY_ATTEMPTS_TRY_LATER : Too many wrong codes. Try again later.")

// secondFactorOf is what wrong codes are counted under. No address looks like it.
func secondFactorOf(localID string) string { return "second factor of " + localID }

// finalizeSignIn completes a sign-in with a TOTP code. INVALID_CODE for a wrong one and for one
// used before alike; ten wrong ones within five minutes lock the account's second factor until
// those are over.
func (s *Service) finalizeSignIn(r *http.Request) (any, error) {
	req, err := decode[struct {
		Pending  string            `json:"mfaPendingCredential"`
		ID       string            `json:"mfaEnrollmentId"`
		TOTP     *totpVerification `json:"totpVerificationInfo"`
		TenantID string            `json:"tenantId"`
	}](r)
	switch {
	case err != nil:
		return nil, err
	case req.Pending == "":
		return nil, bad("MISSING_MFA_PENDING_CREDENTIAL")
	case req.ID == "":
		return nil, bad("MISSING_MFA_ENROLLMENT_ID")
	case req.TOTP == nil || req.TOTP.Code == "":
		return nil, bad("MISSING_CODE")
	}
	var p pendingSignIn
	err = s.db.View(func(tx *bbolt.Tx) (err error) {
		p, err = s.pendingSignIn(tx, req.Pending, req.TenantID)
		return err
	})
	if err != nil {
		return nil, err
	}
	key, unlock := s.attempts.guard(p.Tenant, secondFactorOf(p.LocalID))
	defer unlock()

	var a account
	var b begun
	var wrong error // committed with the count of attempts, then answered
	err = s.db.Update(func(tx *bbolt.Tx) (err error) {
		if full, err := locked(tx, key, s.now()); err != nil || full {
			return either(err, errTooManyCodes)
		}
		if p, err = s.pendingSignIn(tx, req.Pending, req.TenantID); err != nil { // another call may have used it up
			return err
		}
		t, err := getTenant(tx, p.Tenant)
		if err != nil {
			return err
		}
		if a, err = getAccount(tx, p.Tenant, p.LocalID); err != nil || a.Epoch != p.Epoch {
			return either(err, errBadPending)
		}
		adjacent, on := t.MFA.totp()
		if !on {
			return bad("OPERATION_NOT_ALLOWED : TOTP based MFA not enabled.")
		}
		f := a.totpFactor(req.ID)
		if f == nil {
			return bad("MFA_ENROLLMENT_NOT_FOUND")
		}
		step, ok := acceptCode(f.Secret, req.TOTP.Code, s.now(), adjacent, f.LastStep)
		if !ok {
			wrong = bad("INVALID_CODE")
			return failed(tx, key, s.now())
		}
		f.LastStep = step
		if err := tx.Bucket(bucketPending).Delete(digest(req.Pending)); err != nil {
			return err
		}
		if err := succeeded(tx, key); err != nil {
			return err
		}
		b.session, b.refresh, err = s.begin(tx, &a, session{Provider: p.Provider, Second: "totp", Factor: f.ID})
		return err
	})
	if err = either(err, wrong); err != nil {
		return nil, err
	}
	token, err := s.first(a, b.session)
	return enrolled{token, b.refresh, &struct{}{}}, err
}

var errBadPending = bad("INVALID_MFA_PENDING_CREDENTIAL")

// pendingSignIn finds the sign-in that a credential stands for, in the tenant that the call names.
func (s *Service) pendingSignIn(tx *bbolt.Tx, credential, tenant string) (pendingSignIn, error) {
	p, ok, err := get[pendingSignIn](tx, bucketPending, digest(credential))
	switch {
	case err != nil:
		return p, err
	case !ok || p.Tenant != tenant:
		return p, errBadPending
	case !s.now().Before(p.Expires):
		return p, bad("SESSION_EXPIRED")
	}
	return p, nil
}
