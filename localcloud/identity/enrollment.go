package identity

import (
	"crypto/rand"
	"encoding/base32"
	"net/http"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

const enrollmentLife = 5 * time.Minute // to take the secret to an authenticator and bring back a code

// enrollment is a TOTP secret that its user has seen and not yet shown to have kept.
type enrollment struct {
	Tenant  string
	LocalID string
	Epoch   int64
	Secret  string // RFC 4648 Base32, unpadded
	Expires time.Time
}

// enroller returns the account that an ID token speaks for, if it may have a TOTP, and how many
// intervals its tenant allows. Google's terms: a recent sign-in by other means than a custom token,
// and a verified address.
func (s *Service) enroller(tx *bbolt.Tx, c idClaims) (a account, adjacent int, err error) {
	if a, err = s.owner(tx, c); err != nil {
		return a, 0, err
	}
	t, err := getTenant(tx, a.Tenant)
	if err != nil {
		return a, 0, err
	}
	adjacent, on := t.MFA.totp()
	switch {
	case !on:
		return a, 0, bad("OPERATION_NOT_ALLOWED : TOTP based MFA not enabled.")
	case c.Firebase.SignInProvider == providerCustom:
		return a, 0, bad("UNSUPPORTED_FIRST_FACTOR : MFA is not available for the given first factor.")
	case s.now().Sub(time.Unix(c.AuthTime, 0)) > recentSignIn:
		return a, 0, bad("CREDENTIAL_TOO_OLD_LOGIN_AGAIN")
	case a.Email == "" || !a.EmailVerified:
		return a, 0, bad("UNVERIFIED_EMAIL : Need to verify email first before enrolling second factors.")
	case a.totpFactor("") != nil:
		return a, 0, bad("SECOND_FACTOR_EXISTS : TOTP already enrolled.")
	case len(a.Factors) >= maxFactors:
		return a, 0, bad("SECOND_FACTOR_LIMIT_EXCEEDED")
	}
	return a, adjacent, nil
}

// startEnrollment gives out a TOTP secret.
func (s *Service) startEnrollment(r *http.Request) (any, error) {
	req, err := decode[struct {
		ownRequest
		TOTP *struct{} `json:"totpEnrollmentInfo"`
	}](r)
	if err != nil {
		return nil, err
	}
	if req.TOTP == nil {
		return nil, bad("MISSING_TOTP_ENROLLMENT_INFO")
	}
	c, err := s.verifyOwn(req.ownRequest)
	if err != nil {
		return nil, err
	}
	key := make([]byte, totpSecret)
	rand.Read(key)
	e := enrollment{Secret: base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(key), Expires: s.now().Add(enrollmentLife)}
	proof := newSecret()
	err = s.db.Update(func(tx *bbolt.Tx) error {
		a, _, err := s.enroller(tx, c)
		if err != nil {
			return err
		}
		e.Tenant, e.LocalID, e.Epoch = a.Tenant, a.LocalID, a.Epoch
		return keep(tx, bucketEnrollment, digest(proof), e, s.now())
	})
	type totpSession struct {
		Secret    string `json:"sharedSecretKey"`
		Length    int    `json:"verificationCodeLength"`
		Algorithm string `json:"hashingAlgorithm"`
		Period    int    `json:"periodSec"`
		Session   string `json:"sessionInfo"`
		Deadline  string `json:"finalizeEnrollmentTime"`
	}
	return struct {
		TOTP totpSession `json:"totpSessionInfo"`
	}{totpSession{e.Secret, totpDigits.Length(), "SHA1", totpPeriod, proof, e.Expires.UTC().Format(time.RFC3339Nano)}}, err
}

type totpVerification struct {
	Session string `json:"sessionInfo"`
	Code    string `json:"verificationCode"`
}

// enrolled answers a change of one's own second factors.
type enrolled struct {
	IDToken      string    `json:"idToken"`
	RefreshToken string    `json:"refreshToken"`
	TOTP         *struct{} `json:"totpAuthInfo,omitempty"`
}

// finalizeEnrollment makes the secret a second factor, for a code that proves it was kept. The code
// is thereby used up.
func (s *Service) finalizeEnrollment(r *http.Request) (any, error) {
	req, err := decode[struct {
		ownRequest
		DisplayName string            `json:"displayName"`
		TOTP        *totpVerification `json:"totpVerificationInfo"`
	}](r)
	switch {
	case err != nil:
		return nil, err
	case req.TOTP == nil || req.TOTP.Session == "":
		return nil, bad("MISSING_SESSION_INFO")
	case req.TOTP.Code == "":
		return nil, bad("MISSING_CODE")
	}
	c, err := s.verifyOwn(req.ownRequest)
	if err != nil {
		return nil, err
	}
	key, unlock := s.attempts.guard(c.Firebase.Tenant, secondFactorOf(c.Subject))
	defer unlock()

	var a account
	var b begun
	var wrong error // committed with the count of attempts, then answered
	err = s.db.Update(func(tx *bbolt.Tx) (err error) {
		var adjacent int
		if a, adjacent, err = s.enroller(tx, c); err != nil {
			return err
		}
		if full, err := locked(tx, key, s.now()); err != nil || full {
			return either(err, errTooManyCodes)
		}
		e, ok, err := get[enrollment](tx, bucketEnrollment, digest(req.TOTP.Session))
		switch {
		case err != nil:
			return err
		case !ok || e.Tenant != a.Tenant || e.LocalID != a.LocalID || e.Epoch != a.Epoch:
			return bad("INVALID_SESSION_INFO")
		case !s.now().Before(e.Expires):
			return bad("SESSION_EXPIRED")
		}
		step, ok := acceptCode(e.Secret, req.TOTP.Code, s.now(), adjacent, 0)
		if !ok {
			wrong = bad("INVALID_CODE")
			return failed(tx, key, s.now())
		}
		a.Factors = append(a.Factors, factor{
			ID: newID(20, localIDAlphabet), DisplayName: req.DisplayName, Secret: e.Secret, LastStep: step, Enrolled: s.now().UTC(),
		})
		if err := tx.Bucket(bucketEnrollment).Delete(digest(req.TOTP.Session)); err != nil {
			return err
		}
		if err := succeeded(tx, key); err != nil {
			return err
		}
		f := a.Factors[len(a.Factors)-1]
		b.session, b.refresh, err = s.begin(tx, &a, session{Provider: c.Firebase.SignInProvider, Second: "totp", Factor: f.ID})
		return err
	})
	if err = either(err, wrong); err != nil {
		return nil, err
	}
	token, err := s.first(a, b.session)
	return enrolled{token, b.refresh, &struct{}{}}, err
}

// withdrawEnrollment removes one of one's own second factors, and ends every session but the one it
// returns.
func (s *Service) withdrawEnrollment(r *http.Request) (any, error) {
	req, err := decode[struct {
		ownRequest
		ID string `json:"mfaEnrollmentId"`
	}](r)
	switch {
	case err != nil:
		return nil, err
	case req.ID == "":
		return nil, bad("MISSING_MFA_ENROLLMENT_ID")
	}
	c, err := s.verifyOwn(req.ownRequest)
	if err != nil {
		return nil, err
	}
	if s.now().Sub(time.Unix(c.AuthTime, 0)) > recentSignIn {
		return nil, bad("CREDENTIAL_TOO_OLD_LOGIN_AGAIN")
	}
	var a account
	var b begun
	err = s.db.Update(func(tx *bbolt.Tx) (err error) {
		if a, err = s.owner(tx, c); err != nil {
			return err
		}
		i := slices.IndexFunc(a.Factors, func(f factor) bool { return f.ID == req.ID })
		if i < 0 {
			return bad("MFA_ENROLLMENT_NOT_FOUND")
		}
		a.Factors = slices.Delete(a.Factors, i, i+1)
		a.revoke(s.now())
		next := c.session(c.Firebase.SignInProvider)
		if next.Factor == req.ID {
			next.Second, next.Factor = "", ""
		}
		b.session, b.refresh, err = s.begin(tx, &a, next)
		return err
	})
	if err != nil {
		return nil, err
	}
	token, err := s.first(a, b.session)
	return enrolled{IDToken: token, RefreshToken: b.refresh}, err
}
